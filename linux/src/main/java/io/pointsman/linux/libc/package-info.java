/** Functions of the C library, a class for each group, bound on first use. Not exported. */
package io.pointsman.linux.libc;
