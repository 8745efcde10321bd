/** What a backend owns on this host, on disk. */
package io.pointsman.linux.ownership;
