package faulttest

// Read lets the tests read an inventory inside a transaction of theirs, before it is rolled back.
var Read = read
