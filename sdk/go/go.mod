module scorebox

go 1.27.1
