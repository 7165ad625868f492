package hub

import (
	"context"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// Retry says how often and how soon a failed request is sent again. The zero value is huggingface_hub's policy.
type Retry struct {
	Tries int           // tries after the first one; 0 means 5, below 0 none
	Base  time.Duration // wait before the second try, doubled each time; 0 means 1 s
	Cap   time.Duration // longest such wait; 0 means 8 s. What a server asks for in Retry-After or RateLimit is not capped.
}

func (r Retry) withDefaults() Retry {
	switch {
	case r.Tries == 0:
		r.Tries = 5
	case r.Tries < 0:
		r.Tries = 0
	}
	if r.Base <= 0 {
		r.Base = time.Second
	}
	if r.Cap <= 0 {
		r.Cap = 8 * time.Second
	}
	return r
}

// backoff is the wait before try n (1 is the first repetition), with up to a quarter of jitter so that many machines do not come back at once.
func (r Retry) backoff(n int) time.Duration {
	wait := r.Cap
	if n < 30 {
		wait = min(r.Cap, r.Base<<(n-1))
	}
	return wait - rand.N(wait/4+1)
}

// transient marks a failure that another try may not meet.
type transient struct {
	err  error
	wait time.Duration // what the server asked for; 0 means none
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// retryRule says after which failures a call is sent again. The zero value is for calls that do the same however often they arrive.
type retryRule int

const (
	// retryAlways is for reading, and for writing content under its own hash: after any failure that may pass.
	retryAlways retryRule = iota
	// retryRefused is for calls that change something: only after failures which prove that nothing was done. These are a
	// connection that was never made, and 429, which the Hub answers before it looks at a request.
	retryRefused
	// retryNever is for calls whose caller knows better.
	retryNever
)

// afterStatus tells whether the rule allows another try after a failing status.
func (r retryRule) afterStatus(status int) bool {
	switch r {
	case retryAlways:
		return passing(status)
	case retryRefused:
		return status == http.StatusTooManyRequests
	}
	return false
}

// afterFailure tells whether the rule allows another try when there was no answer, or half of one.
func (r retryRule) afterFailure(err error) bool {
	return r == retryAlways || (r == retryRefused && neverSent(err))
}

// neverSent tells whether err proves that the server got nothing of a request.
func neverSent(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// passing tells whether huggingface_hub would send a request again after status.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// maxRetryAfter bounds the wait that a server may ask for.
const maxRetryAfter = time.Hour

// requestedWait returns how long the server wants to be left alone; 0 when it does not say. One second is added, as
// huggingface_hub does, because servers round down.
func requestedWait(status int, h http.Header, now time.Time) time.Duration {
	if status == http.StatusTooManyRequests {
		if limit, ok := wire.ParseRateLimit(h.Values(wire.HeaderRateLimit)); ok && limit.Remaining == 0 {
			return limit.Reset + time.Second
		}
	}
	after := strings.TrimSpace(h.Get("Retry-After"))
	if after == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(after); err == nil {
		if seconds < 0 {
			return 0
		}
		return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter) + time.Second
	}
	if at, err := http.ParseTime(after); err == nil && at.After(now) {
		return min(at.Sub(now), maxRetryAfter) + time.Second
	}
	return 0
}

// unreachable tells whether err means that the host cannot be talked to at all, which trying again within seconds seldom mends.
func unreachable(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsNotFound
	}
	return errors.Is(err, syscall.ECONNREFUSED) || untrusted(err)
}

// untrusted tells whether err means that the server's certificate does not convince.
func untrusted(err error) bool {
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &wrongName) || errors.As(err, &invalid)
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
