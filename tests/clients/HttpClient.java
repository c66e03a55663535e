// Java's HttpClient against the agent at args[0]. It asks for HTTP/2 by Upgrade at first, unless it is told not to.
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class HttpClient {
    static final String DOCUMENT = "<NETWORK><NAME>by HttpClient</NAME></NETWORK>";
    static URI url;

    interface Claim {
        void hold(java.net.http.HttpClient client) throws Exception;
    }

    // Connections that were accepted in this network so far.
    static long accepted() throws Exception {
        List<String[]> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/net/snmp"))) {
            if (line.startsWith("Tcp:")) {
                lines.add(line.split(" "));
            }
        }
        return Long.parseLong(lines.get(1)[Arrays.asList(lines.get(0)).indexOf("PassiveOpens")]);
    }

    static void expect(Object wanted, Object got) {
        if (!wanted.equals(got)) {
            throw new IllegalStateException(got + " is not " + wanted);
        }
    }

    static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).timeout(Duration.ofSeconds(60));
    }

    static void check(String sentence, Claim claim) {
        try {
            long before = accepted();
            claim.hold(java.net.http.HttpClient.newHttpClient());
            expect(1L, accepted() - before);
            System.out.println("passed " + sentence);
        } catch (Exception failure) {
            System.out.println("failed " + sentence + ": " + failure);
        }
    }

    static void delete(java.net.http.HttpClient client, HttpResponse<String> made) throws Exception {
        expect(201, made.statusCode());
        String path = URI.create(made.headers().firstValue("Location").get()).getPath();
        expect(204, client.send(to(path).DELETE().build(), BodyHandlers.ofString()).statusCode());
    }

    public static void main(String[] args) {
        url = URI.create(args[0]);
        check("asks many times over one connection, for an upgrade at first", client -> {
            for (String path : List.of("/", "/compute", "/network")) {
                HttpResponse<String> answer = client.send(to(path).build(), BodyHandlers.ofString());
                expect(200, answer.statusCode());
                expect(java.net.http.HttpClient.Version.HTTP_1_1, answer.version());
            }
            expect(404, client.send(to("/nothing").build(), BodyHandlers.ofString()).statusCode());
        });
        check("asks HEAD and goes on", client -> {
            HttpRequest head = to("/compute").method("HEAD", BodyPublishers.noBody()).build();
            String length = client.send(head, BodyHandlers.ofString()).headers().firstValue("Content-Length").get();
            expect(length, "" + client.send(to("/compute").build(), BodyHandlers.ofString()).body().length());
        });
        check("uploads in chunks and deletes over one connection", client -> {
            var body = BodyPublishers.ofInputStream(
                    () -> new ByteArrayInputStream(DOCUMENT.getBytes(StandardCharsets.UTF_8)));
            delete(client, client.send(to("/network").POST(body).build(), BodyHandlers.ofString()));
        });
        check("waits for 100 Continue", client -> {
            HttpRequest request = to("/network").expectContinue(true)
                    .version(java.net.http.HttpClient.Version.HTTP_1_1)
                    .POST(BodyPublishers.ofString(DOCUMENT)).build();
            delete(client, client.send(request, BodyHandlers.ofString()));
        });
        check("reads a stream", client -> {
            HttpRequest request = to("/-/events?since=0").header("Accept", "text/event-stream").build();
            try (var lines = client.send(request, BodyHandlers.ofLines()).body()) {
                expect(true, lines.limit(100).anyMatch(line -> line.startsWith("id: ")));
            }
        });
        System.exit(0);
    }
}
