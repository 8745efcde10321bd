/** What every part of the door to the kernel shares: error numbers, capabilities, sysctls, a process' user and open files. */
package io.pointsman.linux;
