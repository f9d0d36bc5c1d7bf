# frozen_string_literal: true

# Two signed requests to OKX: read a balance, place a demo order.

require 'json'
require 'net/http'
require 'openssl'
require 'time'

NO_ANSWER = [SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError].freeze

# Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
def sign(secret_key, timestamp, method, path, body)
  OpenSSL::HMAC.base64digest('SHA256', secret_key, timestamp + method + path + body)
end

def setting(name)
  value = ENV.fetch(name, '')
  value.empty? ? abort("Set the environment variable #{name}.") : value
end

def headers(method, path, body)
  timestamp = Time.now.utc.iso8601(3)
  {
    'OK-ACCESS-KEY' => setting('OKX_API_KEY'),
    'OK-ACCESS-SIGN' => sign(setting('OKX_SECRET_KEY'), timestamp, method, path, body),
    'OK-ACCESS-TIMESTAMP' => timestamp,
    'OK-ACCESS-PASSPHRASE' => setting('OKX_PASSPHRASE'),
    'Content-Type' => 'application/json',
    'x-simulated-trading' => '1' # a demo key; leave it out with a live key
  }
end

# Sends one signed request. The path includes the query; the body is sent as it is signed.
def request(method, path, body = '')
  host = URI(setting('OKX_API_BASE_URL'))
  signed = headers(method, path, body)
  options = { use_ssl: host.scheme == 'https', open_timeout: 10, read_timeout: 10,
              max_retries: 0 }
  # Net::HTTP follows no redirect, which would take the headers to another host.
  check(Net::HTTP.start(host.hostname, host.port, options) do |http|
    http.send_request(method, path, (body unless body.empty?), signed)
  end)
rescue *NO_ANSWER => e
  abort "No answer: #{e.message}"
end

def check(response)
  answer = JSON.parse(response.body)
  Array(answer['data']).each do |row| # an order is refused in its own row
    refuse(row['sCode'], row['sMsg']) if row.key?('sCode')
  end
  refuse(answer['code'], answer['msg'])
  answer['data']
rescue JSON::ParserError
  abort "HTTP #{response.code}, and the answer is not JSON: is the host right?"
end

def refuse(code, message)
  abort "OKX error #{code}: #{message}" unless code == '0'
end

if ARGV == ['sign'] # each line of standard input, to compare with the test vectors
  $stdin.set_encoding('UTF-8')
  $stdin.each_line(chomp: true) { |line| puts sign(*line.split("\t", 5)) }
  exit
end

account, = request('GET', '/api/v5/account/balance?ccy=BTC')
puts "balance: #{JSON.generate(account['details'])}"

body = JSON.generate(
  instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'limit', px: '1000', sz: '0.001'
)
order, = request('POST', '/api/v5/trade/order', body)
puts "ordId: #{order['ordId']}"
