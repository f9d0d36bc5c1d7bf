// Two signed requests to OKX: read a balance, place a demo order.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type row struct {
	Details json.RawMessage
	OrdID   string
	SCode   string
	SMsg    string
}

var client = http.Client{
	Timeout: 10 * time.Second,
	// A redirect would take the headers to another host.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// sign returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
func sign(secretKey, timestamp, method, requestPath, body string) string {
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(timestamp + method + requestPath + body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// request sends one signed request. The path includes the query; the body is sent as signed.
func request(method, path, body string) []row {
	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	req, err := http.NewRequest(method, setting("OKX_API_BASE_URL")+path, strings.NewReader(body))
	if err != nil {
		fail(err)
	}
	req.Header.Set("OK-ACCESS-KEY", setting("OKX_API_KEY"))
	req.Header.Set("OK-ACCESS-SIGN", sign(setting("OKX_SECRET_KEY"), timestamp, method, path, body))
	req.Header.Set("OK-ACCESS-TIMESTAMP", timestamp)
	req.Header.Set("OK-ACCESS-PASSPHRASE", setting("OKX_PASSPHRASE"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-simulated-trading", "1") // a demo key; leave it out with a live key

	response, err := client.Do(req)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	var answer struct {
		Code string
		Msg  string
		Data []row
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		fail("HTTP", response.StatusCode, "and not an answer of OKX: is the host right?", err)
	}
	for _, row := range answer.Data { // an order is refused in its own row
		if row.SCode != "" && row.SCode != "0" {
			fail("OKX error", row.SCode+":", row.SMsg)
		}
	}
	if answer.Code != "0" {
		fail("OKX error", answer.Code+":", answer.Msg)
	}
	return answer.Data
}

func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fail("Set the environment variable", name)
	}
	return value
}

func fail(message ...any) {
	fmt.Fprintln(os.Stderr, message...)
	os.Exit(1)
}

// signLines signs each line of standard input, to compare with the test vectors.
func signLines() {
	input, _ := io.ReadAll(os.Stdin)
	for _, line := range strings.Split(strings.TrimSuffix(string(input), "\n"), "\n") {
		part := strings.Split(line, "\t")
		fmt.Println(sign(part[0], part[1], part[2], part[3], part[4]))
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "sign" {
		signLines()
		return
	}
	for _, account := range request("GET", "/api/v5/account/balance?ccy=BTC", "") {
		fmt.Println("balance:", string(account.Details))
	}

	body, _ := json.Marshal(map[string]string{
		"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit",
		"px": "1000", "sz": "0.001",
	})
	for _, order := range request("POST", "/api/v5/trade/order", string(body)) {
		fmt.Println("ordId:", order.OrdID)
	}
}
