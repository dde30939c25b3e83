// Package shared keeps what the processes of one server have in common and can afford to lose: who has a stream open, how
// often somebody has called. Everything here leans on one rule: a twin in memory and a twin elsewhere pass the same suite,
// so that one process alone behaves as many do.
package shared
