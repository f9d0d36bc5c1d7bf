package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	path := "/api/v5/account/balance?ccy=BTC"
	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(timestamp + "GET" + path))
	signature := base64.StdEncoding.EncodeToString(mac.Sum(nil))

	request, err := http.NewRequest("GET", os.Getenv("OKX_API_BASE_URL")+path, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("OK-ACCESS-KEY", os.Getenv("OKX_API_KEY"))
	request.Header.Set("OK-ACCESS-SIGN", signature)
	request.Header.Set("OK-ACCESS-TIMESTAMP", timestamp)
	request.Header.Set("OK-ACCESS-PASSPHRASE", os.Getenv("OKX_PASSPHRASE"))
	request.Header.Set("x-simulated-trading", "1") // a demo key; leave it out with a live key
	client := http.Client{
		Timeout: 10 * time.Second,
		// A redirect would take the headers to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Code string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, answer.Code)
}
