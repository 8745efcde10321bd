package io.pointsman.kubernetes.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ExecConfig;
import io.pointsman.model.ConfigException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A program that a kubeconfig names to get its user's credentials (client.authentication.k8s.io). After a deadline it and
 * its child processes are killed: the client library would wait for it for ever, and read its warnings as its answer.
 */
final class ExecPlugin {
    private static final int MAX_ANSWER_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ExecConfig config;
    private final Path folder;
    private final Duration deadline;

    /**
     * Credentials that the plugin printed.
     *
     * @param token empty for none
     * @param certificate in PEM, empty for none
     * @param key in PEM, empty for none
     */
    record Credential(String token, String certificate, String key) {}

    /** @param folder the kubeconfig's folder; a command with a slash in it is resolved against it */
    ExecPlugin(ExecConfig config, Path folder, Duration deadline) {
        this.config = config;
        this.folder = folder;
        this.deadline = deadline;
    }

    /**
     * Runs the plugin.
     *
     * @throws ConfigException if it can't be run, fails, or does not print a credential in time
     */
    Credential ask() throws ConfigException {
        final Process process;
        try {
            process = start();
        } catch (IOException | RuntimeException e) {
            throw failure("can't be run: " + e.getMessage(), e);
        }
        try {
            return credential(answer(process));
        } finally {
            end(process);
        }
    }

    private Process start() throws IOException {
        final List<String> command = new ArrayList<>(List.of(command()));
        if (config.getArgs() != null) {
            command.addAll(config.getArgs());
        }
        final ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("KUBERNETES_EXEC_INFO", info());
        if (config.getEnv() != null) {
            config.getEnv().forEach(variable -> builder.environment().put(variable.getName(), variable.getValue()));
        }
        return builder.start();
    }

    private String command() {
        final String command = String.valueOf(config.getCommand());
        return command.indexOf('/') < 0 ? command : folder.resolve(command).toString();
    }

    private String info() {
        return JSON.createObjectNode()
                .put("apiVersion", config.getApiVersion())
                .put("kind", "ExecCredential")
                .set("spec", JSON.createObjectNode().put("interactive", false))
                .toString();
    }

    private byte[] answer(Process process) throws ConfigException {
        final FutureTask<byte[]> reading = new FutureTask<>(() -> {
            try (InputStream out = process.getInputStream()) {
                final byte[] said = out.readNBytes(MAX_ANSWER_BYTES);
                final int _ = process.waitFor();
                return said;
            }
        });
        Thread.ofVirtual().name("pointsman-exec-plugin").start(reading);
        try {
            final byte[] said = reading.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            if (process.exitValue() != 0) {
                throw failure("ended with status " + process.exitValue(), null);
            }
            return said;
        } catch (TimeoutException e) {
            throw failure("did not answer within " + deadline.toMillis() + " ms and was stopped", e);
        } catch (ExecutionException e) {
            throw failure("its answer can't be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("the wait for its answer was interrupted", e);
        }
    }

    private Credential credential(byte[] said) throws ConfigException {
        try {
            final JsonNode status = JSON.readTree(said).path("status");
            final Credential credential = new Credential(
                    status.path("token").asText(""),
                    status.path("clientCertificateData").asText(""),
                    status.path("clientKeyData").asText(""));
            if (credential.token().isEmpty()
                    && (credential.certificate().isEmpty() || credential.key().isEmpty())) {
                throw failure("answered without a token or a certificate with its key", null);
            }
            return credential;
        } catch (JsonProcessingException e) {
            throw failure("did not answer in JSON, line " + e.getLocation().getLineNr(), null); // it may hold a secret
        } catch (IOException e) {
            throw failure("its answer can't be read: " + e.getMessage(), e);
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private ConfigException failure(String what, @Nullable Throwable cause) {
        final String hint = config.getInstallHint() == null
                ? ""
                : " (" + config.getInstallHint().strip() + ")";
        final String text = "exec plugin " + config.getCommand() + ": " + what + hint;
        return cause == null ? new ConfigException(text) : new ConfigException(text, cause);
    }
}
