// A login, sent the wrong way and the right way: go run refused_login.go
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

func sign(text string) string {
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// logIn logs in on a new connection and prints the code of the answer.
func logIn(timestamp string) {
	ws, _, err := websocket.DefaultDialer.Dial(os.Getenv("OKX_WS_URL")+"/private", nil)
	check(err)
	defer ws.Close()
	login := map[string]string{
		"apiKey":     os.Getenv("OKX_API_KEY"),
		"passphrase": os.Getenv("OKX_PASSPHRASE"),
		"timestamp":  timestamp,
		"sign":       sign(timestamp + "GET/users/self/verify"),
	}
	check(ws.WriteJSON(map[string]any{"op": "login", "args": []any{login}}))
	check(ws.SetReadDeadline(time.Now().Add(10 * time.Second)))
	var answer struct{ Code string }
	check(ws.ReadJSON(&answer))
	fmt.Println(answer.Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	// --8<-- [start:login]
	now := time.Now()
	// Wrong, 60006: Unix milliseconds.
	milliseconds := strconv.FormatInt(now.UnixMilli(), 10)
	// Wrong, 60004: the timestamp of REST.
	rest := now.UTC().Format("2006-01-02T15:04:05.000Z")
	// Right: Unix seconds.
	right := strconv.FormatInt(now.Unix(), 10)
	// --8<-- [end:login]
	for _, timestamp := range []string{milliseconds, rest, right} {
		logIn(timestamp)
	}
}
