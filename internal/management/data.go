package management

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// DataAPI is a project's data API: PostgREST, behind the platform's gateway. It serves rows and calls functions; there is
// no way to run DDL over it.
type DataAPI struct {
	URL     string        // of the project: "https://REF.supabase.co"
	Key     secret.String // of the role service_role
	Version string        // of cairn, for the User-Agent
}

// Offer is what a data API serves to the holder of its key.
type Offer struct{ Relations, Functions int }

// Ask asks the API for what it serves, once. The error is a *finding.Finding.
func (d *DataAPI) Ask(ctx context.Context) (Offer, error) {
	var offer Offer
	at := d.URL + "/rest/v1/"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return offer, unanswered("the address of the data API cannot be used", "", "look at SUPABASE_URL")
	}
	req.Header.Set("apikey", d.Key.Reveal())
	req.Header.Set("Authorization", "Bearer "+d.Key.Reveal())
	req.Header.Set("Accept", "application/openapi+json")
	req.Header.Set("User-Agent", "cairn/"+d.Version)
	answer, err := (&Client{}).client().Do(req)
	if err != nil {
		return offer, unanswered("the data API did not answer", plain(err).Error(), "check the ref and the network; a paused or deleted project has no address")
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return offer, unanswered("the data API's answer broke off", plain(err).Error(), "run it again in a moment")
	}
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		f := unanswered("the data API does not accept the key", excerpt(answer.Header.Get("Content-Type"), text),
			"copy the secret key of this very project (dashboard > Project Settings > API Keys) to SUPABASE_SERVICE_ROLE_KEY")
		f.Code = finding.AuthFailed
		return offer, f
	default:
		return offer, unanswered(fmt.Sprintf("the data API answered with status %d", answer.StatusCode), excerpt(answer.Header.Get("Content-Type"), text),
			"look at the project in the dashboard, and run it again in a moment")
	}
	var openAPI struct {
		Paths map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &openAPI); err != nil {
		return offer, unanswered("what answers as the data API is none", excerpt(answer.Header.Get("Content-Type"), text), "look at SUPABASE_URL")
	}
	for path := range openAPI.Paths {
		switch {
		case strings.HasPrefix(path, "/rpc/"):
			offer.Functions++
		case path != "/":
			offer.Relations++
		}
	}
	return offer, nil
}

func unanswered(message, detail, hint string) *finding.Finding {
	return &finding.Finding{
		Code: finding.APIFailed, Severity: finding.Error, Exit: finding.Unreachable, Message: message, Detail: detail, Hint: hint,
	}
}
