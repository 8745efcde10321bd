package io.pointsman.testkit;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Loads conformance cases. */
public final class ConformanceCases {
    /** Environment variable that names a folder to read cases from, instead of the built-in ones. */
    public static final String FOLDER_VARIABLE = "POINTSMAN_CONFORMANCE";

    /** Folders of cases: those from kube-proxy's unit tests, and those derived from its rules. */
    private static final List<String> RESOURCES = List.of("conformance", "conformance-derived");

    private static final String SUFFIX = ".json";
    private static final Set<String> FIELDS = Set.of(
            "id",
            "title",
            "origin",
            "kind",
            "variant",
            "evidence",
            "notes",
            "node",
            "service",
            "services",
            "endpointSlices",
            "featureGates",
            "packets",
            "expect",
            "expectNode",
            "request",
            "steps",
            "cases");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ConformanceCases() {}

    /**
     * Loads the cases of the folder that {@value #FOLDER_VARIABLE} names, else the built-in ones; in order of file name.
     *
     * @throws IllegalArgumentException naming a file that is not a case, or a folder without cases
     */
    public static List<ConformanceCase> load() {
        final String folder = System.getenv(FOLDER_VARIABLE);
        return folder == null || folder.isEmpty() ? loadResources() : load(Path.of(folder));
    }

    /**
     * Loads the cases in a folder: each file that ends in {@code .json}; in order of file name.
     *
     * @throws IllegalArgumentException naming a file that is not a case, or a folder without cases
     */
    public static List<ConformanceCase> load(Path folder) {
        final List<ConformanceCase> cases = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                if (file.toString().endsWith(SUFFIX)) {
                    cases.add(parse(file.getFileName().toString(), Files.readString(file)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't read conformance cases in " + folder, e);
        }
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("no conformance case (*" + SUFFIX + ") in " + folder);
        }
        return List.copyOf(cases);
    }

    private static List<ConformanceCase> loadResources() {
        final List<ConformanceCase> cases = new ArrayList<>();
        RESOURCES.forEach(folder -> cases.addAll(loadResources(folder)));
        return List.copyOf(cases);
    }

    private static List<ConformanceCase> loadResources(String folder) {
        final URL url = Objects.requireNonNull(ConformanceCases.class.getResource(folder), folder);
        try {
            final URI uri = url.toURI();
            if (!uri.getScheme().equals("jar")) {
                return load(Path.of(uri));
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return load(jar.getPath(uri.toString().substring(uri.toString().indexOf('!') + 1)));
            }
        } catch (URISyntaxException | IOException e) {
            throw new IllegalStateException("can't open the kit's own conformance cases at " + url, e);
        }
    }

    /**
     * Parses one case.
     *
     * @throws IllegalArgumentException naming the file and what is wrong with it
     */
    static ConformanceCase parse(String fileName, String text) {
        try {
            final JsonNode json = MAPPER.readTree(text);
            Json.allowOnly(json, "the file", FIELDS);
            final String id = Json.text(json, "id");
            if (!fileName.equals(id + SUFFIX)) {
                throw new IllegalArgumentException("its id is \"" + id + "\", unlike its name");
            }
            return new ConformanceCase(
                    id,
                    Json.text(json, "title"),
                    Json.choice(ConformanceCase.Kind.class, Json.text(json, "kind")),
                    Json.choice(Variant.class, Json.text(json, "variant")),
                    json);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(fileName + ": " + e.getMessage(), e);
        }
    }
}
