package source

// csvParameters are the parameters of CSV files (datasets, packaged_modules/csv/csv.py).
var csvParameters = []string{"sep"}
