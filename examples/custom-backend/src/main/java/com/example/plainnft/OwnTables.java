package com.example.plainnft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The ledger: a file that says which tables are ours, written before they are made. What it does not name is somebody
 * else's, whatever it is called.
 */
final class OwnTables {
    private final Path file;

    OwnTables(Path stateDirectory) {
        this.file = stateDirectory.resolve("tables");
    }

    /** Enters our tables, which are about to be made. */
    void enter() throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.write(file, Ruleset.TABLES);
        }
    }

    /** Tables that are in our way: of our name, there, and not in the ledger. */
    List<String> foreign() throws IOException {
        return Files.exists(file) ? List.of() : present(Ruleset.TABLES);
    }

    private static List<String> present(List<String> tables) throws IOException {
        final List<String> present = new ArrayList<>();
        for (String table : tables) {
            final String[] words = table.split(" ", 2);
            if (Nft.run("", "list", "table", words[0], words[1]).isSuccess()) {
                present.add(table);
            }
        }
        return present;
    }

    /** Removes what the ledger names and what is there, in one transaction; a dry run only tells. */
    List<String> remove(boolean dryRun) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        final List<String> tables = present(Files.readAllLines(file));
        if (!dryRun) {
            final StringBuilder text = new StringBuilder();
            tables.forEach(table -> text.append("delete table ").append(table).append('\n'));
            final Nft.Result result = Nft.run(text.toString(), "-f", "-");
            if (!result.isSuccess()) {
                throw new IOException(result.complaint());
            }
            Files.delete(file);
        }
        return tables.stream().map(table -> "nft table " + table).toList();
    }
}
