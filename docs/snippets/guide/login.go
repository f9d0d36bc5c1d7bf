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

func main() {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10) // Unix seconds
	mac := hmac.New(sha256.New, []byte(os.Getenv("OKX_SECRET_KEY")))
	mac.Write([]byte(timestamp + "GET/users/self/verify"))
	login := map[string]string{
		"apiKey":     os.Getenv("OKX_API_KEY"),
		"passphrase": os.Getenv("OKX_PASSPHRASE"),
		"timestamp":  timestamp,
		"sign":       base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}

	ws, _, err := websocket.DefaultDialer.Dial(os.Getenv("OKX_WS_URL")+"/private", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteJSON(map[string]any{"op": "login", "args": []any{login}}); err != nil {
		log.Fatal(err)
	}
	ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	var answer struct{ Event, Code string }
	if err := ws.ReadJSON(&answer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Event, answer.Code)
}
