/** What a backend owns on this host, on disk, and who is at work on it. */
package io.pointsman.linux.ownership;
