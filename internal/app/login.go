package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// loginInBrowser has a person make a token in the dashboard, which seals it for this process: a key is agreed on by
// ECDH on P-256, and the token comes back under it (AES-256-GCM).
func (a *App) loginInBrowser(ctx context.Context, profile *account.Profile, name string, s event.Sink) (account.Token, error) {
	if a.Ask == nil || profile.DashboardURL == "" {
		return account.Token{}, &finding.Finding{
			Code: finding.BadToken, Severity: finding.Error, Exit: finding.Usage,
			Message: "Cannot use automatic login flow inside non-TTY environments. Please provide --token flag or set the SUPABASE_ACCESS_TOKEN environment variable.",
			Hint:    "a token on standard input works too: cairn login --token - < FILE",
		}
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return account.Token{}, err
	}
	session := newSession()
	if name == "" {
		host, _ := os.Hostname()
		name = fmt.Sprintf("cli_%s@%s_%d", a.Getenv("USER"), host, a.Now().Unix())
	}
	page := profile.DashboardURL + "/cli/login?" + url.Values{
		"session_id": {session}, "token_name": {name}, "public_key": {hex.EncodeToString(key.PublicKey().Bytes())},
	}.Encode()
	code, err := a.Ask(ctx, Question{Kind: Line, Detail: "Open this page and sign in:\n\n  " + page + "\n", Text: "Enter the verification code that it shows:"})
	if err != nil {
		return account.Token{}, err
	}
	var sealed struct {
		Token  string `json:"access_token"`
		Public string `json:"public_key"`
		Nonce  string `json:"nonce"`
	}
	if err := fetchLogin(ctx, profile.APIURL+"/platform/cli/login/"+session+"?device_code="+url.QueryEscape(code), &sealed); err != nil {
		return account.Token{}, loginFailed(err)
	}
	text, err := unseal(key, sealed.Token, sealed.Public, sealed.Nonce)
	if err != nil {
		return account.Token{}, loginFailed(err)
	}
	return account.NewToken(text, "the browser"), nil
}

func fetchLogin(ctx context.Context, address string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the platform answered with status %d", answer.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(to)
}

// unseal opens what the dashboard sealed for key.
func unseal(key *ecdh.PrivateKey, text, public, nonce string) (string, error) {
	cipherText, err1 := hex.DecodeString(text)
	theirs, err2 := hex.DecodeString(public)
	n, err3 := hex.DecodeString(nonce)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return "", err
		}
	}
	other, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return "", err
	}
	secret, err := key.ECDH(other)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return "", err
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	if len(n) != box.NonceSize() {
		return "", fmt.Errorf("a nonce of %d bytes", len(n))
	}
	plain, err := box.Open(nil, n, cipherText, nil)
	return string(plain), err
}

func loginFailed(err error) error {
	return &finding.Finding{
		Code: finding.BadToken, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
		Message: "no token came back from the browser", Detail: err.Error(),
		Hint: "run it again and take the code from the page that it names, or make a token in the dashboard and pass it with --token",
	}
}

// newSession is a random UUID (RFC 9562).
func newSession() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
