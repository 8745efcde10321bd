package io.pointsman.agent.cli;

import io.pointsman.agent.json.YamlText;
import java.io.PrintWriter;

/** Format of a command's result. */
enum OutputFormat {
    TABLE,
    JSON,
    YAML;

    /** Prints a JSON document in this format. */
    void print(String json, PrintWriter out) {
        out.print(this == YAML ? YamlText.of(json) : json + "\n"); // both quote control characters
        out.flush();
    }
}
