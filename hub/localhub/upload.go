package localhub

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// Bounds of uploads.
const (
	maxLFSJSON = 4 << 20   // bytes of a batch request, and of the list of parts
	maxObject  = 500 << 30 // bytes of one file, as on the Hub
	maxParts   = 10_000    // of one upload, as in S3
	hashDigits = 64        // of a SHA-256
)

// lfsObjects answers requests of Git LFS about many objects, or about one.
func (e *exchange) lfsObjects() error {
	if e.route.sub == "verify" {
		return e.lfsVerify()
	}
	var request wire.LFSBatchRequest
	if err := e.json(maxLFSJSON, &request); err != nil {
		return err
	}
	if len(request.Objects) > wire.MaxLFSBatch {
		return &failure{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("too many objects: at most %d in one request", wire.MaxLFSBatch)}
	}
	if algorithm := request.HashAlgorithm; algorithm != "" && algorithm != "sha256" && algorithm != "sha_256" {
		return &failure{status: http.StatusConflict, message: fmt.Sprintf("objects are named by sha256 here, not by %q", algorithm)}
	}
	answer := wire.LFSBatchResponse{Transfer: "basic", Objects: []wire.LFSBatchAnswer{}}
	switch request.Operation {
	case "upload":
		if err := e.mayPush("", true); err != nil {
			return err
		}
		inParts := slices.Contains(request.Transfers, "multipart")
		for _, o := range request.Objects {
			one, err := e.uploadOf(o, inParts)
			if err != nil {
				return err
			}
			if one.Actions != nil && one.Actions.Upload.Header[wire.LFSChunkSize] != "" {
				answer.Transfer = "multipart"
			}
			answer.Objects = append(answer.Objects, one)
		}
	default:
		return badRequest("there is no operation %q here: expected upload; files are downloaded by resolve", request.Operation)
	}
	e.w.Header().Set("Content-Type", wire.MediaTypeLFS)
	sendJSON(e.w, http.StatusOK, answer)
	return nil
}

// checkObject tells what is wrong with the name of an object; nil is nothing.
func checkObject(o wire.LFSObject) *wire.LFSError {
	switch {
	case len(o.OID) != hashDigits || strings.Trim(o.OID, "0123456789abcdef") != "":
		return &wire.LFSError{Code: http.StatusUnprocessableEntity, Message: "the oid is no SHA-256 in lower-case hexadecimal digits"}
	case o.Size < 0:
		return &wire.LFSError{Code: http.StatusUnprocessableEntity, Message: "the size is negative"}
	case o.Size > maxObject:
		return &wire.LFSError{Code: http.StatusUnprocessableEntity, Message: fmt.Sprintf("the object is larger than %d bytes", int64(maxObject))}
	}
	return nil
}

// uploadOf tells how to upload an object: not at all when the repository has it.
func (e *exchange) uploadOf(o wire.LFSObject, inParts bool) (wire.LFSBatchAnswer, error) {
	out := wire.LFSBatchAnswer{OID: o.OID, Size: o.Size}
	if out.Error = checkObject(o); out.Error != nil {
		return out, nil
	}
	if size, ok := e.repo.Objects().Has(o.OID); ok {
		if size != o.Size {
			out.Error = &wire.LFSError{Code: http.StatusUnprocessableEntity, Message: fmt.Sprintf("the object has %d bytes", size)}
		}
		return out, nil
	}
	out.Authenticated = true
	out.Actions = &wire.LFSActions{
		Upload: &wire.LFSAction{},
		Verify: &wire.LFSAction{Href: e.repoURL(e.repo.ID()) + ".git/info/lfs/objects/verify"},
	}
	t := ticket{repo: e.repo.ID(), oid: o.OID, size: o.Size, action: actionPut}
	if !inParts || o.Size <= e.server.partSize {
		out.Actions.Upload.Href = e.ticketURL(t)
		return out, nil
	}
	size := max(e.server.partSize, (o.Size+maxParts-1)/maxParts)
	id, err := e.repo.Objects().Begin(o.OID, o.Size, size)
	if err != nil {
		return out, refused(err)
	}
	t.upload, t.action = id, actionComplete
	out.Actions.Upload.Href = e.ticketURL(t)
	out.Actions.Upload.Header = map[string]string{wire.LFSChunkSize: strconv.FormatInt(size, 10)}
	t.action = actionPart
	for n := int64(0); n*size < o.Size; n++ {
		t.part, t.size = int(n+1), min(size, o.Size-n*size)
		out.Actions.Upload.Header[strconv.Itoa(t.part)] = e.ticketURL(t)
	}
	return out, nil
}

// lfsVerify tells whether an object has arrived.
func (e *exchange) lfsVerify() error {
	var o wire.LFSObject
	if err := e.json(maxJSON, &o); err != nil {
		return err
	}
	if err := e.mayPush("", true); err != nil {
		return err
	}
	size, ok := e.repo.Objects().Has(o.OID)
	if !ok {
		return &failure{status: http.StatusNotFound, message: "The object was not uploaded to this repository"}
	}
	if size != o.Size {
		return &failure{status: http.StatusUnprocessableEntity, message: fmt.Sprintf("The object has %d bytes, not %d", size, o.Size)}
	}
	sendJSON(e.w, http.StatusOK, wire.LFSObject{OID: o.OID, Size: size})
	return nil
}

// ticketURL is a signed address of the storage port.
func (e *exchange) ticketURL(t ticket) string {
	return e.server.storageBase(e.r.Host) + e.server.signer.ticket(t, time.Now())
}

// receive answers a request to the storage port that sends content.
func (e *exchange) receive(t ticket, signed bool) error {
	switch {
	case e.r.Header.Get("Authorization") != "":
		return badRequest("only one way of authorization is allowed: the address is signed, so send no Authorization header")
	case !signed:
		return &failure{status: http.StatusForbidden, message: "The address is not signed, or has expired"}
	}
	want := http.MethodPut
	if t.action == actionComplete {
		want = http.MethodPost
	}
	if e.r.Method != want {
		e.w.Header().Set("Allow", want)
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	repo, err := e.server.store.Repository(t.repo)
	if err != nil {
		return refused(err)
	}
	switch t.action {
	case actionPut:
		return e.putObject(repo, t)
	case actionPart:
		return e.putPart(repo, t)
	default:
		return e.complete(repo, t)
	}
}

// announced refuses a request whose length is not the one that was announced, before its content is read.
func (e *exchange) announced(size int64) error {
	if e.r.ContentLength >= 0 && e.r.ContentLength != size {
		return badRequest("the request has %d bytes, but %d were announced", e.r.ContentLength, size)
	}
	return nil
}

// putObject takes in an object as a whole.
func (e *exchange) putObject(repo *store.Repository, t ticket) error {
	if err := e.announced(t.size); err != nil {
		return err
	}
	if err := repo.Objects().Put(e.r.Context(), t.oid, t.size, e.body(t.size)); err != nil {
		return refused(err)
	}
	e.w.Header().Set("ETag", quote(t.oid))
	sendBody(e.w, http.StatusOK, nil)
	return nil
}

// putPart takes in a part of an object.
func (e *exchange) putPart(repo *store.Repository, t ticket) error {
	if err := e.announced(t.size); err != nil {
		return err
	}
	etag, err := repo.Objects().PutPart(e.r.Context(), t.upload, t.part, e.body(t.size))
	if err != nil {
		return refused(err)
	}
	e.w.Header().Set("ETag", quote(etag))
	sendBody(e.w, http.StatusOK, nil)
	return nil
}

// complete puts an object together from its parts.
func (e *exchange) complete(repo *store.Repository, t ticket) error {
	var request wire.LFSCompletion
	if err := e.json(maxLFSJSON, &request); err != nil {
		return err
	}
	if request.OID != t.oid {
		return badRequest("the oid is not the one that the upload was begun for")
	}
	parts := make([]store.Part, 0, len(request.Parts))
	for _, p := range request.Parts {
		parts = append(parts, store.Part{Number: p.PartNumber, ETag: strings.Trim(p.ETag, `"`)})
	}
	err := repo.Objects().Complete(e.r.Context(), t.upload, parts)
	if errors.Is(err, store.ErrUpload) {
		// A client that did not get the answer sends the request again.
		if size, ok := repo.Objects().Has(t.oid); ok && size == t.size {
			err = nil
		}
	}
	if err != nil {
		return refused(err)
	}
	sendJSON(e.w, http.StatusOK, wire.LFSObject{OID: t.oid, Size: t.size})
	return nil
}
