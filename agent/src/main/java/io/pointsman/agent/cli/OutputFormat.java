package io.pointsman.agent.cli;

import io.pointsman.agent.json.YamlText;
import java.io.PrintWriter;

/** How a command writes what it found. */
enum OutputFormat {
    TABLE,
    JSON,
    YAML;

    /** Writes a document that is not for people. */
    void print(String json, PrintWriter out) {
        out.print(this == YAML ? YamlText.of(json) : json + "\n"); // both quote what is in them
        out.flush();
    }
}
