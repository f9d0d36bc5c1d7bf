/* Two signed requests to OKX: read a balance, place a demo order. */
#define _GNU_SOURCE /* asprintf */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <err.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMESTAMP_SIZE = 32, SIGNATURE_SIZE = 45 };

static const char *env(const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) errx(EXIT_FAILURE, "Set the environment variable %s.", name);
  return value;
}

static char *join(const char *a, const char *b, const char *c, const char *d) {
  char *text;
  if (asprintf(&text, "%s%s%s%s", a, b, c, d) < 0) err(EXIT_FAILURE, "asprintf");
  return text;
}

/* Writes the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256. */
static void sign(char signature[SIGNATURE_SIZE], const char *secret_key, const char *timestamp,
                 const char *method, const char *request_path, const char *body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size;
  char *prehash = join(timestamp, method, request_path, body);
  HMAC(EVP_sha256(), secret_key, (int)strlen(secret_key), (unsigned char *)prehash, strlen(prehash),
       digest, &size);
  EVP_EncodeBlock((unsigned char *)signature, digest, (int)size);
  free(prehash);
}

static void now(char timestamp[TIMESTAMP_SIZE]) {
  struct timespec at;
  timespec_get(&at, TIME_UTC);
  size_t end = strftime(timestamp, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", gmtime(&at.tv_sec));
  snprintf(timestamp + end, TIMESTAMP_SIZE - end, ".%03ldZ", at.tv_nsec / 1000000);
}

static void add(struct curl_slist **headers, const char *name, const char *value) {
  char *line = join(name, ": ", value, "");
  *headers = curl_slist_append(*headers, line);
  free(line);
}

static const char *text(const cJSON *object, const char *name) {
  const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
  return value ? value : "";
}

/* Ends the program if the answer is not a success. */
static void check(long status, const char *answer) {
  cJSON *reply = cJSON_Parse(answer);
  const char *code = text(reply, "code");
  if (!*code) errx(EXIT_FAILURE, "HTTP %ld, no answer of the API: is the host right?", status);
  cJSON *row;
  cJSON_ArrayForEach(row, cJSON_GetObjectItem(reply, "data")) {
    const char *refusal = text(row, "sCode"); /* an order is refused in its own row */
    if (*refusal && strcmp(refusal, "0") != 0)
      errx(EXIT_FAILURE, "OKX error %s: %s", refusal, text(row, "sMsg"));
  }
  if (strcmp(code, "0") != 0) errx(EXIT_FAILURE, "OKX error %s: %s", code, text(reply, "msg"));
  cJSON_Delete(reply);
}

/* Sends one signed request. The path includes the query; the body is sent as it is signed. */
static void request(const char *method, const char *request_path, const char *body) {
  char timestamp[TIMESTAMP_SIZE], signature[SIGNATURE_SIZE];
  now(timestamp);
  sign(signature, env("OKX_SECRET_KEY"), timestamp, method, request_path, body);
  struct curl_slist *headers = NULL;
  add(&headers, "OK-ACCESS-KEY", env("OKX_API_KEY"));
  add(&headers, "OK-ACCESS-SIGN", signature);
  add(&headers, "OK-ACCESS-TIMESTAMP", timestamp);
  add(&headers, "OK-ACCESS-PASSPHRASE", env("OKX_PASSPHRASE"));
  add(&headers, "Content-Type", "application/json");
  add(&headers, "x-simulated-trading", "1"); /* a demo key; leave it out with a live key */

  char *url = join(env("OKX_API_BASE_URL"), request_path, "", ""), *answer = NULL;
  size_t size;
  FILE *stream = open_memstream(&answer, &size);
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (*body) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* the headers would go along */
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream);
  CURLcode result = curl_easy_perform(curl);
  fclose(stream);
  if (result != CURLE_OK) errx(EXIT_FAILURE, "No answer: %s", curl_easy_strerror(result));
  long status;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  check(status, answer);
  puts(answer);
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
  free(answer);
  free(url);
}

/* Signs each line of standard input, to compare with the test vectors. */
static int sign_lines(void) {
  char *line = NULL, *part[4], signature[SIGNATURE_SIZE];
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    char *body = line;
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < 4; i++) part[i] = strsep(&body, "\t");
    if (!body) errx(EXIT_FAILURE, "Each line has five fields with a TAB between them.");
    sign(signature, part[0], part[1], part[2], part[3], body);
    puts(signature);
  }
  free(line);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "sign") == 0) return sign_lines();
  request("GET", "/api/v5/account/balance?ccy=BTC", "");
  request("POST", "/api/v5/trade/order",
          "{\"instId\":\"BTC-USDT\",\"tdMode\":\"cash\",\"side\":\"buy\","
          "\"ordType\":\"limit\",\"px\":\"1000\",\"sz\":\"0.001\"}");
}
