/** Records on disk of what a backend owns on this host, and locks that tell who uses them. */
package io.pointsman.linux.ownership;
