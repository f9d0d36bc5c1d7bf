package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

type order struct{ OrdID, State string }

var client = http.Client{
	Timeout: 10 * time.Second,
	// A redirect would take the headers to another host.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send sends a signed request, path with its query, and returns the first row of the answer.
func send(method, path, body string) order {
	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(timestamp + method + path + body))
	request, err := http.NewRequest(method, os.Getenv("OKX_API_BASE_URL")+path, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("OK-ACCESS-KEY", os.Getenv("OKX_API_KEY"))
	request.Header.Set("OK-ACCESS-SIGN", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	request.Header.Set("OK-ACCESS-TIMESTAMP", timestamp)
	request.Header.Set("OK-ACCESS-PASSPHRASE", os.Getenv("OKX_PASSPHRASE"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-simulated-trading", "1") // a demo key; leave it out with a live key
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	var answer struct {
		Code string
		Data []order
	}
	err = json.Unmarshal(text, &answer)
	if err != nil || answer.Code != "0" || len(answer.Data) == 0 {
		log.Fatalf("HTTP %d: %s", response.StatusCode, text)
	}
	return answer.Data[0]
}

func main() {
	placed := send("POST", "/api/v5/trade/order", `{"instId":"BTC-USDT","tdMode":"cash",`+
		`"side":"buy","ordType":"limit","px":"1000","sz":"0.001"}`)
	path := "/api/v5/trade/order?instId=BTC-USDT&ordId=" + placed.OrdID
	fmt.Println(send("GET", path, "").State)
	send("POST", "/api/v5/trade/cancel-order", `{"instId":"BTC-USDT","ordId":"`+placed.OrdID+`"}`)
	fmt.Println(send("GET", path, "").State)
}
