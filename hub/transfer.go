package hub

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub/wire"
)

// transfers sends the contents of LFS files: it asks for addresses in batches while hashing goes on, and sends in parallel.
type transfers struct {
	*uploader
	group   *errgroup.Group
	active  chan struct{}      // one for each object that may be under way
	objects map[string]*object // by SHA-256; of the goroutine of run alone
}

// object is content that several files may have.
type object struct {
	sha256  string
	size    int64
	path    string // of the first file that has it
	content Content
	print   *fingerprint

	parts partsDone // of the goroutine that sends it alone

	mu   sync.Mutex
	adds []*Add
	done bool
}

// join makes add one of the files that have the content.
func (o *object) join(add *Add) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.adds = append(o.adds, add)
	if o.done {
		add.state.uploaded = true
	}
}

// finish notes that the Hub holds the content.
func (o *object) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
	for _, add := range o.adds {
		add.state.uploaded = true
	}
}

// enoughToAsk is how much hashed content is worth a request for addresses: sending then overlaps with hashing what comes next.
const enoughToAsk = 256 << 20

// run takes hashed adds until there are no more.
func (t *transfers) run(ctx context.Context, hashed <-chan *Add) error {
	var batch []*object
	var size int64
	for {
		select {
		case <-ctx.Done():
			return t.c.final(ctx, t.subject, ctx.Err(), 1)
		case add, more := <-hashed:
			if !more {
				return t.start(ctx, batch)
			}
			print := add.state.print
			if known := t.objects[print.sha256]; known != nil {
				known.join(add)
				t.meter.skipped(print.size)
				continue
			}
			o := &object{sha256: print.sha256, size: print.size, path: add.state.path, content: add.Content, print: print}
			o.join(add)
			t.objects[o.sha256] = o
			batch, size = append(batch, o), size+o.size
			if len(batch) < wire.MaxLFSBatch && size < enoughToAsk {
				continue
			}
			if err := t.start(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
	}
}

// start asks where objects go and begins to send them.
func (t *transfers) start(ctx context.Context, batch []*object) error {
	if len(batch) == 0 {
		return nil
	}
	answers, err := t.ask(ctx, batch)
	if err != nil {
		return err
	}
	for _, o := range batch {
		actions := answers[o.sha256].Actions
		if stored(actions) {
			o.finish()
			t.meter.skipped(o.size)
			continue
		}
		select {
		case t.active <- struct{}{}:
		case <-ctx.Done():
			return t.c.final(ctx, t.subject, ctx.Err(), 1)
		}
		t.group.Go(func() error {
			defer func() { <-t.active }()
			return t.deliver(ctx, o, actions)
		})
	}
	return nil
}

// stored tells whether there is nothing to send.
func stored(actions *wire.LFSActions) bool { return actions == nil || actions.Upload == nil }

// ask learns from the Hub what to do with objects.
func (t *transfers) ask(ctx context.Context, batch []*object) (map[string]wire.LFSBatchAnswer, error) {
	request := wire.LFSBatchRequest{Operation: "upload", Transfers: []string{"basic", "multipart"}, HashAlgorithm: "sha256"}
	for _, o := range batch {
		request.Objects = append(request.Objects, wire.LFSObject{OID: o.sha256, Size: o.size})
	}
	if !t.o.CreatePullRequest {
		request.Ref = &wire.LFSRef{Name: t.revision}
	}
	u, err := t.c.url(t.repo.pagePath()+".git/info/lfs/objects/batch", "")
	if err != nil {
		return nil, t.fail(err.Error(), "", err)
	}
	var response wire.LFSBatchResponse
	cl := call{
		subject: t.subject, method: http.MethodPost, url: u, kind: kindAPI,
		header: http.Header{"Accept": {wire.MediaTypeLFS}, "Content-Type": {wire.MediaTypeLFS}},
	}
	if _, err := t.c.sendJSON(ctx, cl, request, &response); err != nil {
		return nil, t.c.writeHint(err)
	}
	answers := make(map[string]wire.LFSBatchAnswer, len(response.Objects))
	for _, answer := range response.Objects {
		answers[answer.OID] = answer
	}
	for _, o := range batch {
		answer, known := answers[o.sha256]
		switch {
		case !known:
			return nil, t.about(o.path).fail("the Hub does not tell where to send it", t.c.endpointHint(), ErrMalformed)
		case answer.Error != nil:
			failed := t.about(o.path).fail(fmt.Sprintf("the Hub does not take it: %s", t.c.redact(answer.Error.Message)), "", classOf(answer.Error.Code))
			failed.Status = answer.Error.Code
			return nil, t.c.writeHint(failed)
		}
	}
	return answers, nil
}

// maxRounds is how often addresses are asked for to send one object: they expire, and storage forgets uploads that take too long.
const maxRounds = 3

// deliver sends one object. When the storage refuses, it asks for new addresses; the Hub may then say that it holds the object.
func (t *transfers) deliver(ctx context.Context, o *object, actions *wire.LFSActions) error {
	for round := 1; ; round++ {
		err := t.send(ctx, o, actions)
		if err == nil {
			o.finish()
			return nil
		}
		if round == maxRounds || !refusedTransfer(err) || ctx.Err() != nil {
			return err
		}
		t.c.log.DebugContext(ctx, "asking again where to send a file", "repo", t.repo.ID, "path", o.path, "cause", err)
		answers, err := t.ask(ctx, []*object{o})
		if err != nil {
			return err
		}
		if actions = answers[o.sha256].Actions; stored(actions) {
			o.finish()
			return nil
		}
	}
}

// refusedTransfer tells whether new addresses may mend a failure.
func refusedTransfer(err error) bool {
	e, ok := err.(*Error) //nolint:errorlint // Errors of the client are not wrapped.
	return ok && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout
}

// send follows the actions for one object.
func (t *transfers) send(ctx context.Context, o *object, actions *wire.LFSActions) error {
	var err error
	if _, multipart := actions.Upload.Header[wire.LFSChunkSize]; multipart {
		err = t.sendParts(ctx, o, actions.Upload)
	} else {
		_, err = t.put(ctx, o, t.c.local(actions.Upload.Href), 0, o.size)
	}
	if err != nil || actions.Verify == nil {
		return err
	}
	return t.verify(ctx, o, actions.Verify)
}

// verify has the Hub look at what has arrived.
func (t *transfers) verify(ctx context.Context, o *object, action *wire.LFSAction) error {
	u, err := t.address(o, t.c.local(action.Href))
	if err != nil {
		return err
	}
	cl := call{subject: t.about(o.path), method: http.MethodPost, url: u, kind: kindAPI, timeout: completionTimeout}
	_, err = t.c.sendJSON(ctx, cl, wire.LFSObject{OID: o.sha256, Size: o.size}, nil)
	return t.c.writeHint(err)
}
