package dataset

// Features are the columns of a dataset as the datasets library describes them: more than an Arrow schema, since they
// know class labels, images and their like.
type Features struct {
	Columns []Feature
}

// Feature is one column.
type Feature struct {
	Name string
}
