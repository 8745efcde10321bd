/** Error numbers, capabilities, sysctls, a process's user and open files: what all access to the kernel shares. */
package io.pointsman.linux;
