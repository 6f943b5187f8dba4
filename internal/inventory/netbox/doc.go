// Package netbox is the inventory source that reads the devices of a NetBox.
//
// It makes one call of NetBox's REST API, the list of devices, page by page, and never writes. Only
// internal/app imports it.
package netbox
