package yang

import "strings"

const upperHex = "0123456789ABCDEF"

// EscapeKey encodes a value as a key in the path of a data resource (RFC 8040, 3.5.3): every byte but
// letters, digits and - . _ ~ is percent-encoded, so that no value can end the key or the path.
func EscapeKey(value string) string {
	var b strings.Builder
	for i := range len(value) {
		switch c := value[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}
