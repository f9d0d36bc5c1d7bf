// One mistake, sent the wrong way and the right way: go run refusals.go query
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

const iso = "2006-01-02T15:04:05.000Z"

var client = http.Client{
	Timeout: 10 * time.Second,
	// A redirect would take the headers to another host.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func digest(text string) []byte {
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func sign(text string) string {
	return base64.StdEncoding.EncodeToString(digest(text))
}

// send sends one request and prints the code of the answer.
func send(request *http.Request, timestamp, signature string) {
	request.Header.Set("OK-ACCESS-KEY", os.Getenv("OKX_API_KEY"))
	request.Header.Set("OK-ACCESS-SIGN", signature)
	request.Header.Set("OK-ACCESS-TIMESTAMP", timestamp)
	request.Header.Set("OK-ACCESS-PASSPHRASE", os.Getenv("OKX_PASSPHRASE"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-simulated-trading", "1") // a demo key; leave it out with a live key
	response, err := client.Do(request)
	check(err)
	defer response.Body.Close()
	var answer struct{ Code string }
	check(json.NewDecoder(response.Body).Decode(&answer))
	fmt.Println(answer.Code)
}

// get returns a request for a path with its query.
func get(path string) *http.Request {
	request, err := http.NewRequest("GET", os.Getenv("OKX_API_BASE_URL")+path, nil)
	check(err)
	return request
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func query() {
	timestamp := time.Now().UTC().Format(iso)
	// --8<-- [start:query]
	request := get("/api/v5/account/balance?ccy=BTC")
	// Wrong: the query is sent, but not signed.
	wrong := sign(timestamp + "GET" + request.URL.Path)
	// Right: sign the path with its query.
	right := sign(timestamp + "GET" + request.URL.RequestURI())
	// --8<-- [end:query]
	send(request, timestamp, wrong)
	send(request, timestamp, right)
}

func body() {
	timestamp := time.Now().UTC().Format(iso)
	// --8<-- [start:body]
	path := "/api/v5/account/set-leverage"
	leverage := map[string]string{"instId": "BTC-USDT", "lever": "5", "mgnMode": "cross"}
	text, err := json.Marshal(leverage)
	check(err)
	signature := sign(timestamp + "POST" + path + string(text))
	// Wrong: an Encoder ends the body with a line break, which was not signed.
	var wrong bytes.Buffer
	check(json.NewEncoder(&wrong).Encode(leverage))
	// Right: send the text that was signed.
	right := bytes.NewBuffer(text)
	// --8<-- [end:body]
	for _, body := range []*bytes.Buffer{&wrong, right} {
		request, err := http.NewRequest("POST", os.Getenv("OKX_API_BASE_URL")+path, body)
		check(err)
		send(request, timestamp, signature)
	}
}

func encoding() {
	timestamp := time.Now().UTC().Format(iso)
	request := get("/api/v5/account/config")
	prehash := timestamp + "GET" + request.URL.RequestURI()
	// --8<-- [start:encoding]
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(prehash))
	// Wrong: 64 hexadecimal digits.
	wrong := hex.EncodeToString(mac.Sum(nil))
	// Right: 44 characters of Base64.
	right := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	// --8<-- [end:encoding]
	send(request, timestamp, wrong)
	send(request, timestamp, right)
}

func timestamps() {
	// --8<-- [start:timestamp]
	now := time.Now()
	// Wrong, 50102: Unix milliseconds.
	milliseconds := strconv.FormatInt(now.UnixMilli(), 10)
	// Wrong, 50112: another form.
	words := now.UTC().Format("2006-01-02 15:04:05")
	// Right: ISO 8601 in UTC, with milliseconds.
	right := now.UTC().Format("2006-01-02T15:04:05.000Z")
	// --8<-- [end:timestamp]
	for _, timestamp := range []string{milliseconds, words, right} {
		request := get("/api/v5/account/config")
		send(request, timestamp, sign(timestamp+"GET"+request.URL.RequestURI()))
	}
}

func main() {
	mistakes := map[string]func(){
		"query": query, "body": body, "encoding": encoding, "timestamp": timestamps,
	}
	if len(os.Args) < 2 || mistakes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "Say which mistake: query, body, encoding, timestamp.")
		os.Exit(2)
	}
	mistakes[os.Args[1]]()
}
