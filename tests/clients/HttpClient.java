// Java's HttpClient against the agent at args[0], by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY. In the clear it asks for
// HTTP/2 by Upgrade at first, unless it is told not to.
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

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

    static Certificate certificate(String file) throws Exception {
        try (var in = Files.newInputStream(Path.of(file))) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    // The key is one of an elliptic curve, in PKCS 8.
    static SSLContext tls() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12"), own = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        own.load(null, null);
        trusted.setCertificateEntry("ca", certificate(System.getenv("CLIENT_CA")));
        if (System.getenv("CLIENT_CERT") != null) {
            String key = Files.readString(Path.of(System.getenv("CLIENT_KEY"))).replaceAll("-----[^-]*-----|\\s", "");
            own.setKeyEntry("own", KeyFactory.getInstance("EC").generatePrivate(
                    new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))), new char[0],
                    new Certificate[] {certificate(System.getenv("CLIENT_CERT"))});
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    static java.net.http.HttpClient client() throws Exception {
        var builder = java.net.http.HttpClient.newBuilder();
        return (url.getScheme().equals("https") ? builder.sslContext(tls()) : builder).build();
    }

    static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).timeout(Duration.ofSeconds(60));
    }

    static void check(String sentence, Claim claim) {
        check(sentence, 1, claim);
    }

    static void check(String sentence, long mostConnections, Claim claim) {
        try {
            long before = accepted();
            claim.hold(client());
            expect(true, accepted() - before <= mostConnections);
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
        check("asks many times over one connection", client -> {
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
        // Behind a 100 it may not have noticed yet that the connection is free again.
        check("waits for 100 Continue", 2, client -> {
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
