import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Two signed requests to OKX: read a balance, place a demo order. */
public class OkxRequest {
  // Instant.toString() drops milliseconds that are zero; this does not.
  static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  // A redirect would take the headers to another host.
  static final HttpClient CLIENT =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();

  /** Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256. */
  static String sign(String secretKey, String timestamp, String method, String path, String body)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secretKey.getBytes(UTF_8), "HmacSHA256"));
    byte[] digest = mac.doFinal((timestamp + method + path + body).getBytes(UTF_8));
    return Base64.getEncoder().encodeToString(digest);
  }

  /** Sends one signed request. The path includes the query; the body is sent as it is signed. */
  static String request(String method, String path, String body) throws GeneralSecurityException {
    String timestamp = TIMESTAMP.format(Instant.now());
    String signature = sign(env("OKX_SECRET_KEY"), timestamp, method, path, body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(env("OKX_API_BASE_URL") + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header("OK-ACCESS-KEY", env("OKX_API_KEY"))
            .header("OK-ACCESS-SIGN", signature)
            .header("OK-ACCESS-TIMESTAMP", timestamp)
            .header("OK-ACCESS-PASSPHRASE", env("OKX_PASSPHRASE"))
            .header("Content-Type", "application/json")
            .header("x-simulated-trading", "1") // a demo key; leave it out with a live key
            .build();
    // The timeout of an HttpRequest ends with the headers; this one is for the body too.
    HttpResponse<String> response =
        CLIENT
            .sendAsync(request, HttpResponse.BodyHandlers.ofString())
            .orTimeout(10, TimeUnit.SECONDS)
            .join();
    String answer = response.body();
    if (field(answer, "code").isEmpty()) {
      throw new IllegalStateException(
          "HTTP " + response.statusCode() + ", no answer of the API: is the host right?");
    }
    refuse(field(answer, "sCode"), field(answer, "sMsg")); // an order, in its own row
    refuse(field(answer, "code"), field(answer, "msg"));
    return answer;
  }

  static void refuse(String code, String message) {
    if (!code.isEmpty() && !code.equals("0")) {
      throw new IllegalStateException("OKX error " + code + ": " + message);
    }
  }

  // Java has no JSON parser. For single texts this will do; for more, take Jackson or Gson.
  static String field(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  static String env(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalStateException("Set the environment variable " + name + ".");
    }
    return value;
  }

  /** Signs each line of standard input, to compare with the test vectors. */
  static void signLines() throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] part = line.split("\t", 5);
      System.out.println(sign(part[0], part[1], part[2], part[3], part[4]));
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("sign")) {
      signLines();
      return;
    }
    try {
      String account = request("GET", "/api/v5/account/balance?ccy=BTC", "");
      System.out.println("balance: " + field(account, "cashBal") + " BTC");
      String body =
          "{\"instId\":\"BTC-USDT\",\"tdMode\":\"cash\",\"side\":\"buy\","
              + "\"ordType\":\"limit\",\"px\":\"1000\",\"sz\":\"0.001\"}";
      System.out.println("ordId: " + field(request("POST", "/api/v5/trade/order", body), "ordId"));
    } catch (IllegalStateException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    } catch (CompletionException error) {
      System.err.println("No answer: " + error.getCause());
      System.exit(1);
    }
  }
}
