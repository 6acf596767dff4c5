package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cairndb/cairn/internal/secret"
)

// Job is a run of continuous integration, for which a link keeps what later steps need. A documented workflow gives the
// token to the link step alone. What is kept is sealed (AES-256-GCM) with a key that lies elsewhere, where the runner
// clears up after each job: who gets hold of one of the two files has nothing.
type Job struct {
	Dir    string                   // where the sealed file lies
	Keys   string                   // where the key lies: RUNNER_TEMP, or a folder of ours
	Root   string                   // of the project
	Getenv func(name string) string // what tells one job from another
	Now    func() time.Time
}

// Kept is what a link keeps for its job.
type Kept struct {
	Token    secret.String
	Password secret.String // of the database; may be zero
}

// jobLimit is how long a job may run on GitHub.
const jobLimit = 6 * time.Hour

// sealed is Kept on its way into the file.
type sealed struct {
	Token    string    `json:"token"`
	Password string    `json:"password,omitempty"`
	Until    time.Time `json:"until"`
}

// identity is what a sealed file is bound to: another project, project root or job cannot open it.
func (j *Job) identity(ref string) []byte {
	h := sha256.New()
	for _, text := range []string{
		j.Root, ref, j.Getenv("GITHUB_RUN_ID"), j.Getenv("GITHUB_RUN_ATTEMPT"), j.Getenv("GITHUB_JOB"), j.Getenv("CI_JOB_ID"), j.Getenv("BUILD_ID"),
	} {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return h.Sum(nil)
}

func (j *Job) files() (file, key string) {
	sum := sha256.Sum256([]byte(j.Root))
	name := "cairn-job-" + hex.EncodeToString(sum[:8])
	return filepath.Join(j.Dir, name+".sealed"), filepath.Join(j.Keys, name+".key")
}

// Keep seals k for the job and returns the file's path.
func (j *Job) Keep(ref string, k Kept) (string, error) {
	file, keyFile := j.files()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	box, err := newBox(key)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(sealed{k.Token.Reveal(), k.Password.Reveal(), j.Now().Add(jobLimit)})
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce)
	for _, dir := range []string{j.Dir, j.Keys} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", unkept(err)
		}
	}
	err = errors.Join(writePrivate(keyFile, key), writePrivate(file, box.Seal(nonce, nonce, text, j.identity(ref))))
	if err != nil {
		return "", unkept(err)
	}
	return file, nil
}

// Find returns what the job's link step kept for ref; it is zero where there is nothing that this job may open.
func (j *Job) Find(ref string) (Kept, string) {
	file, keyFile := j.files()
	key, err := os.ReadFile(keyFile)
	text, readErr := os.ReadFile(file)
	if err != nil || readErr != nil {
		return Kept{}, ""
	}
	box, err := newBox(key)
	if err != nil || len(text) < box.NonceSize() {
		return Kept{}, ""
	}
	plain, err := box.Open(nil, text[:box.NonceSize()], text[box.NonceSize():], j.identity(ref))
	if err != nil {
		return Kept{}, ""
	}
	var s sealed
	if json.Unmarshal(plain, &s) != nil || j.Now().After(s.Until) {
		return Kept{}, ""
	}
	return Kept{secret.New(s.Token), secret.New(s.Password)}, file
}

// Forget removes what was kept.
func (j *Job) Forget() {
	file, key := j.files()
	_ = os.Remove(key)
	_ = os.Remove(file)
}

func newBox(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
