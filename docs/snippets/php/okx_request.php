<?php

// Two signed requests to OKX: read a balance, place a demo order.

declare(strict_types=1);

/** Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256. */
function sign(
    #[SensitiveParameter] string $secretKey,
    string $timestamp,
    string $method,
    string $path,
    string $body
): string {
    return base64_encode(hash_hmac('sha256', $timestamp . $method . $path . $body, $secretKey, true));
}

function setting(string $name): string
{
    return getenv($name) ?: throw new RuntimeException("Set the environment variable $name.");
}

/** Sends one signed request. The path includes the query; the body is sent as it is signed. */
function request(string $method, string $path, string $body = ''): array
{
    // gmdate() would always say .000: it has no milliseconds.
    $timestamp = (new DateTimeImmutable('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.v\Z');
    $signature = sign(setting('OKX_SECRET_KEY'), $timestamp, $method, $path, $body);
    $curl = curl_init(setting('OKX_API_BASE_URL') . $path);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => [
            'OK-ACCESS-KEY: ' . setting('OKX_API_KEY'),
            'OK-ACCESS-SIGN: ' . $signature,
            'OK-ACCESS-TIMESTAMP: ' . $timestamp,
            'OK-ACCESS-PASSPHRASE: ' . setting('OKX_PASSPHRASE'),
            'Content-Type: application/json',
            'x-simulated-trading: 1', // a demo key; leave it out with a live key
        ],
        CURLOPT_FOLLOWLOCATION => false, // a redirect would take the headers to another host
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
    ]);
    if ($body !== '') {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException('No answer: ' . curl_error($curl));
    }
    $reply = json_decode($answer, true);
    if (!isset($reply['code'])) {
        $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        throw new RuntimeException("HTTP $status, no answer of the API: is the host right?");
    }
    foreach ($reply['data'] ?? [] as $row) { // an order is refused in its own row
        refuse($row['sCode'] ?? '0', $row['sMsg'] ?? '');
    }
    refuse($reply['code'], $reply['msg']);

    return $reply['data'];
}

function refuse(string|int $code, string $message): void
{
    if ($code !== '0') {
        throw new RuntimeException("OKX error $code: $message");
    }
}

if (($argv[1] ?? '') === 'sign') { // each line of standard input, to compare with the test vectors
    while (($line = fgets(STDIN)) !== false) {
        echo sign(...explode("\t", rtrim($line, "\n"), 5)), "\n";
    }
    exit;
}

try {
    [$account] = request('GET', '/api/v5/account/balance?ccy=BTC');
    echo 'balance: ', json_encode($account['details']), "\n";

    $body = json_encode([
        'instId' => 'BTC-USDT',
        'tdMode' => 'cash',
        'side' => 'buy',
        'ordType' => 'limit',
        'px' => '1000',
        'sz' => '0.001',
    ]);
    [$order] = request('POST', '/api/v5/trade/order', $body);
    echo "ordId: {$order['ordId']}\n";
} catch (RuntimeException $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
