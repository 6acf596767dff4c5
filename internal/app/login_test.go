package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// A token that is made in the browser comes back sealed for this process, and is kept.
func TestLoginInBrowser(t *testing.T) {
	const token = "sbp_0123456789abcdef0123456789abcdef01234567"
	var page *url.URL
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/projects" {
			_, _ = w.Write([]byte("[]"))
			return
		}
		if r.URL.Path != "/platform/cli/login/"+page.Query().Get("session_id") || r.URL.Query().Get("device_code") != "1234" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		text, nonce, public := sealFor(t, page.Query().Get("public_key"), token)
		_ = json.NewEncoder(w).Encode(map[string]string{"access_token": text, "nonce": nonce, "public_key": public})
	}))
	defer web.Close()
	home := t.TempDir()
	profile := filepath.Join(home, "profile.yaml")
	if err := os.WriteFile(profile, []byte("api_url: "+web.URL+"\ndashboard_url: https://dashboard.invalid\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := "1234"
	a := &App{
		Profile: profile, Cwd: home, StateDir: t.TempDir(), Now: time.Now,
		Getenv: func(name string) string { return map[string]string{"HOME": home}[name] },
		Ask: func(_ context.Context, q Question) (string, error) {
			for line := range strings.Lines(q.Detail) {
				if u, err := url.Parse(strings.TrimSpace(line)); err == nil && u.Scheme == "https" {
					page = u
				}
			}
			return code, nil
		},
	}
	r, err := a.Login(t.Context(), LoginRequest{}, event.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(r.Kept); err != nil || string(text) != token {
		t.Errorf("kept %q, %v", text, err)
	}
	code = "0000"
	if _, err := a.Login(t.Context(), LoginRequest{}, event.Discard); finding.As(err) == nil || finding.As(err).Code != finding.BadToken {
		t.Errorf("a wrong code: %v", err)
	}
}

// sealFor does what the dashboard does.
func sealFor(t *testing.T, public, text string) (sealed, nonce, ours string) {
	t.Helper()
	raw, err := hex.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.ECDH(theirs)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	n := make([]byte, box.NonceSize())
	_, _ = rand.Read(n)
	return hex.EncodeToString(box.Seal(nil, n, []byte(text), nil)), hex.EncodeToString(n), hex.EncodeToString(key.PublicKey().Bytes())
}
