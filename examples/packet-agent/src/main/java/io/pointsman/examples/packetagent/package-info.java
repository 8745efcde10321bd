/** Example: the engine embedded in a program that receives and sends packets itself. */
package io.pointsman.examples.packetagent;
