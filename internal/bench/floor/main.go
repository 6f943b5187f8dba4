// Command floor makes only the HTTP requests of a query, so no bot can be faster. It receives a webhook,
// fetches the button press, sends the requests of the query to the device at the same time, and posts
// their raw responses. It verifies, stores, decodes and renders nothing.
//
// make bench runs it beside overwatch, with the same fakes. Nothing imports it.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
)

type floor struct {
	webex, token string
	paths        []string          // of the requests to a device
	devices      map[string]string // addresses by name
	cloud        *http.Client
	network      *http.Client
}

func main() {
	f := floor{devices: map[string]string{}}
	listen := flag.String("listen", "127.0.0.1:3000", "address for webhooks")
	devices := flag.String("devices", "devices.json", "file with the URLs of devices by name")
	ca := flag.String("ca", "ca.pem", "file with the CA of their certificates")
	flag.StringVar(&f.webex, "webex", "", "URL of the Webex API")
	flag.StringVar(&f.token, "token", "", "the bot's token")
	flag.Parse()
	f.paths = flag.Args()
	if err := f.prepare(*devices, *ca); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("POST /webex-webhooks", f.receive)
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func (f *floor) prepare(devices, ca string) error {
	text, err := os.ReadFile(devices)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &f.devices); err != nil {
		return err
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", ca)
	}
	f.cloud = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	f.network = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return nil
}

// receive acknowledges at once and answers in the background.
func (f *floor) receive(_ http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct{ ID string }
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		log.Print(err)
		return
	}
	go func() {
		if err := f.answer(event.Data.ID); err != nil {
			log.Print(err)
		}
	}()
}

func (f *floor) answer(id string) error {
	text, err := f.call(http.MethodGet, "/attachment/actions/"+id, nil)
	if err != nil {
		return err
	}
	var pressed struct {
		RoomID string
		Inputs map[string]string
	}
	if err := json.Unmarshal(text, &pressed); err != nil {
		return err
	}
	said := make([][]byte, len(f.paths))
	errs := make([]error, len(f.paths))
	var all sync.WaitGroup
	for i, path := range f.paths {
		all.Go(func() { said[i], errs[i] = f.ask(f.devices[pressed.Inputs["_device"]] + path) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	body, err := json.Marshal(map[string]any{
		"roomId": pressed.RoomID, "parentId": pressed.Inputs["_thread"], "markdown": "answered", "attachments": []string{string(bytes.Join(said, nil))},
	})
	if err != nil {
		return err
	}
	_, err = f.call(http.MethodPost, "/messages", body)
	return err
}

func (f *floor) call(method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, f.webex+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	req.Header.Set("Content-Type", "application/json")
	return do(f.cloud, req)
}

func (f *floor) ask(address string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/yang-data+json")
	req.SetBasicAuth("bench", "bench")
	return do(f.network, req)
}

func do(client *http.Client, req *http.Request) ([]byte, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", req.URL, resp.Status)
	}
	return text, err
}
