/** The engine embedded in a program that moves packets itself. */
package io.pointsman.examples.packetagent;
