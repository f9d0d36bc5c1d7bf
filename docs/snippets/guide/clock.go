package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(os.Getenv("OKX_API_BASE_URL") + "/api/v5/public/time")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data []struct {
			TS int64 `json:",string"`
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	off := time.Since(time.UnixMilli(answer.Data[0].TS))
	fmt.Println("my clock is right:", off.Abs() < 30*time.Second)
}
