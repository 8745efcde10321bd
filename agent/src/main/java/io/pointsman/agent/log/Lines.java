package io.pointsman.agent.log;

import java.util.List;
import java.util.stream.Collectors;

/** Several lines as one argument of a log message. Each is printed on a new line, indented and quoted by itself. */
public record Lines(List<String> lines) {
    public Lines {
        lines = List.copyOf(lines);
    }

    @Override
    public String toString() {
        return lines.stream().map(line -> "\n  " + Quoted.line(line)).collect(Collectors.joining());
    }
}
