/** The C library's functions, one class a group, bound when first used. Not exported. */
package io.pointsman.linux.libc;
