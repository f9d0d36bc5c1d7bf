// Two signed requests to OKX: read a balance, place a demo order.
#include <curl/curl.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

using nlohmann::json;
using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::string env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) throw std::runtime_error("Set the environment variable " + name + ".");
  return value;
}

// Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
std::string sign(const std::string& secret_key, const std::string& timestamp,
                 const std::string& method, const std::string& path, const std::string& body) {
  const std::string prehash = timestamp + method + path + body;
  std::array<unsigned char, 32> digest;
  HMAC(EVP_sha256(), secret_key.data(), static_cast<int>(secret_key.size()),
       reinterpret_cast<const unsigned char*>(prehash.data()), prehash.size(), digest.data(),
       nullptr);
  std::array<unsigned char, 45> base64;
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
  return {base64.begin(), base64.begin() + size};
}

std::string now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = since_1970 / std::chrono::milliseconds(1);
  const std::time_t seconds = milliseconds / 1000;
  std::ostringstream text;
  text << std::put_time(std::gmtime(&seconds), "%FT%T.") << std::setfill('0') << std::setw(3)
       << milliseconds % 1000 << 'Z';
  return text.str();
}

// Returns the data of an answer that is a success.
json data_of(long status, const std::string& answer) {
  const json reply = json::parse(answer, nullptr, false);
  if (!reply.is_object() || !reply.value("code", json()).is_string()) {
    throw std::runtime_error("HTTP " + std::to_string(status) +
                             ", no answer of the API: is the host right?");
  }
  const auto refuse = [](const std::string& code, const std::string& message) {
    if (code != "0") throw std::runtime_error("OKX error " + code + ": " + message);
  };
  // An order is refused in its own row.
  const json data = reply.value("data", json::array());
  for (const json& row : data) refuse(row.value("sCode", "0"), row.value("sMsg", ""));
  refuse(reply.value("code", ""), reply.value("msg", ""));
  return data;
}

std::size_t append(char* data, std::size_t, std::size_t size, void* text) {
  static_cast<std::string*>(text)->append(data, size);
  return size;
}

// Sends one signed request. The path includes the query; the body is sent as it is signed.
json request(const std::string& method, const std::string& path, const std::string& body = "") {
  const std::string timestamp = now();
  Headers headers(nullptr, curl_slist_free_all);
  for (const std::string& header : {
           "OK-ACCESS-KEY: " + env("OKX_API_KEY"),
           "OK-ACCESS-SIGN: " + sign(env("OKX_SECRET_KEY"), timestamp, method, path, body),
           "OK-ACCESS-TIMESTAMP: " + timestamp,
           "OK-ACCESS-PASSPHRASE: " + env("OKX_PASSPHRASE"),
           std::string("Content-Type: application/json"),
           std::string("x-simulated-trading: 1"),  // a demo key; leave it out with a live key
       }) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  const Curl curl(curl_easy_init(), curl_easy_cleanup);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, (env("OKX_API_BASE_URL") + path).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  if (!body.empty()) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);  // the headers would go along
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  const CURLcode result = curl_easy_perform(curl.get());
  if (result != CURLE_OK) {
    throw std::runtime_error(std::string("No answer: ") + curl_easy_strerror(result));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return data_of(status, answer);
}

// Signs each line of standard input, to compare with the test vectors.
void sign_lines() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream fields(line);
    std::array<std::string, 5> part;
    for (int i = 0; i < 4; i++) std::getline(fields, part[i], '\t');
    std::getline(fields, part[4]);
    std::cout << sign(part[0], part[1], part[2], part[3], part[4]) << '\n';
  }
}

int main(int argc, char** argv) try {
  if (argc == 2 && argv[1] == std::string("sign")) {
    sign_lines();
    return EXIT_SUCCESS;
  }
  const json account = request("GET", "/api/v5/account/balance?ccy=BTC").at(0);
  std::cout << "balance: " << account.at("details") << '\n';
  const json body = {{"instId", "BTC-USDT"}, {"tdMode", "cash"}, {"side", "buy"},
                     {"ordType", "limit"},   {"px", "1000"},     {"sz", "0.001"}};
  const json order = request("POST", "/api/v5/trade/order", body.dump()).at(0);
  std::cout << "ordId: " << order.value("ordId", "") << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
