// Two signed requests to OKX: read a balance, place a demo order.
#define CPPHTTPLIB_OPENSSL_SUPPORT
#include <httplib.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

using nlohmann::json;

std::string env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) throw std::runtime_error("Set the environment variable " + name + ".");
  return value;
}

// Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
std::string sign(const std::string& secret_key, const std::string& timestamp,
                 const std::string& method, const std::string& request_path,
                 const std::string& body) {
  const std::string prehash = timestamp + method + request_path + body;
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

void check(const httplib::Response& response) {
  const json reply = json::parse(response.body, nullptr, false);
  if (!reply.is_object() || !reply.value("code", json()).is_string()) {
    throw std::runtime_error("HTTP " + std::to_string(response.status) +
                             ", no answer of the API: is the host right?");
  }
  const auto refuse = [](const json& part, const char* code, const char* message) {
    if (part.value(code, "0") != "0") {
      throw std::runtime_error("OKX error " + part.value(code, "") + ": " +
                               part.value(message, ""));
    }
  };
  // An order is refused in its own row.
  for (const json& row : reply.value("data", json::array())) refuse(row, "sCode", "sMsg");
  refuse(reply, "code", "msg");
}

// Sends one signed request. The path includes the query; the body is sent as it is signed.
std::string call(const std::string& method, const std::string& request_path,
                 const std::string& body = "") {
  const std::string timestamp = now();
  httplib::Request request;
  request.method = method;
  request.path = request_path;
  request.body = body;
  request.headers = {
      {"OK-ACCESS-KEY", env("OKX_API_KEY")},
      {"OK-ACCESS-SIGN", sign(env("OKX_SECRET_KEY"), timestamp, method, request_path, body)},
      {"OK-ACCESS-TIMESTAMP", timestamp},
      {"OK-ACCESS-PASSPHRASE", env("OKX_PASSPHRASE")},
      {"Content-Type", "application/json"},
      {"x-simulated-trading", "1"},  // a demo key; leave it out with a live key
  };
  httplib::Client client(env("OKX_API_BASE_URL"));
  client.set_connection_timeout(10);
  client.set_read_timeout(10);
  client.set_follow_location(false);  // the headers would go along to another host
  client.set_url_encode(false);       // or "," would be sent as "%2C", unlike the signed text
  const httplib::Result result = client.send(request);
  if (!result) throw std::runtime_error("No answer: " + httplib::to_string(result.error()));
  check(*result);
  return result->body;
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
  std::cout << call("GET", "/api/v5/account/balance?ccy=BTC") << '\n';
  const json order = {{"instId", "BTC-USDT"}, {"tdMode", "cash"}, {"side", "buy"},
                      {"ordType", "limit"},   {"px", "1000"},     {"sz", "0.001"}};
  std::cout << call("POST", "/api/v5/trade/order", order.dump()) << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
