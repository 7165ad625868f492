package hub

import "github.com/hfspark/hfspark/hub/cache"

// VerifyCached checks the contents that a cache has of a commit against their hashes. It sends nothing. It returns how many files it
// has looked at and what is wrong with them.
func VerifyCached(repo *cache.Repository, commit string) (checked int, problems []cache.Problem, err error) {
	return repo.Check(commit, fileHas)
}
