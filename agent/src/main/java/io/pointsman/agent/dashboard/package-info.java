/** The dashboard on the metrics port; it shows the same data as the inspecting commands. */
package io.pointsman.agent.dashboard;
