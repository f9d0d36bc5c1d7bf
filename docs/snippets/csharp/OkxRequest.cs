// Two signed requests to OKX: read a balance, place a demo order.
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;

public static class OkxRequest
{
    // A redirect would take the headers to another host.
    static readonly HttpClient Client = new HttpClient(
        new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.</summary>
    static string Sign(string secretKey, string timestamp, string method, string path, string body)
    {
        using (var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secretKey)))
        {
            var digest = hmac.ComputeHash(Encoding.UTF8.GetBytes(timestamp + method + path + body));
            return Convert.ToBase64String(digest);
        }
    }

    /// <summary>Sends one signed request. The path includes the query.</summary>
    /// <remarks>The body is sent as it is signed.</remarks>
    static async Task<XElement> Request(HttpMethod method, string path, string body = "")
    {
        var timestamp =
            DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var signature = Sign(Env("OKX_SECRET_KEY"), timestamp, method.Method, path, body);
        var request = new HttpRequestMessage(method, Env("OKX_API_BASE_URL") + path);
        request.Headers.Add("OK-ACCESS-KEY", Env("OKX_API_KEY"));
        request.Headers.Add("OK-ACCESS-SIGN", signature);
        request.Headers.Add("OK-ACCESS-TIMESTAMP", timestamp);
        request.Headers.Add("OK-ACCESS-PASSPHRASE", Env("OKX_PASSPHRASE"));
        request.Headers.Add("x-simulated-trading", "1"); // a demo key; leave it out with a live key
        if (body != "")
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        using (var response = await Client.SendAsync(request))
        {
            return Checked((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    static XElement Checked(int status, string answer)
    {
        // Both .NET and Mono have this reader. With .NET alone, take System.Text.Json.
        var reply = answer.FirstOrDefault() == '{'
                        ? XElement.Load(JsonReaderWriterFactory.CreateJsonReader(
                              Encoding.UTF8.GetBytes(answer), XmlDictionaryReaderQuotas.Max))
                        : null;
        var code = reply?.Element("code");
        if (code == null)
        {
            throw new InvalidOperationException(
                $"HTTP {status}, no answer of the API: is the host right?");
        }
        var codes = reply.Descendants("sCode").Append(code); // an order is refused in its own row
        if (codes.FirstOrDefault(each => each.Value != "0") is XElement refusal)
        {
            var message = refusal.Parent.Element(refusal == code ? "msg" : "sMsg");
            throw new InvalidOperationException($"OKX error {refusal.Value}: {message?.Value}");
        }
        return reply;
    }

    static string Env(string name) =>
        Environment.GetEnvironmentVariable(name) is string value && value != ""
            ? value
            : throw new InvalidOperationException($"Set the environment variable {name}.");

    static async Task<int> Run()
    {
        try
        {
            var account = await Request(HttpMethod.Get, "/api/v5/account/balance?ccy=BTC");
            Console.WriteLine(
                $"balance: {account.Descendants("cashBal").FirstOrDefault()?.Value} BTC");
            var body = "{\"instId\":\"BTC-USDT\",\"tdMode\":\"cash\",\"side\":\"buy\"," +
                       "\"ordType\":\"limit\",\"px\":\"1000\",\"sz\":\"0.001\"}";
            var order = await Request(HttpMethod.Post, "/api/v5/trade/order", body);
            Console.WriteLine($"ordId: {order.Descendants("ordId").First().Value}");
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    /// <summary>Signs each line of standard input, to compare with the vectors.</summary>
    static int SignLines()
    {
        var lines = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        for (string line; (line = lines.ReadLine()) != null;)
        {
            var part = line.Split(new[] { '\t' }, 5);
            Console.WriteLine(Sign(part[0], part[1], part[2], part[3], part[4]));
        }
        return 0;
    }

    public static int Main(string[] args)
    {
        var exitCode = args.Contains("sign") ? SignLines() : Run().GetAwaiter().GetResult();
        // Mono 6 can hang if it ends while the threads of a request go to rest. .NET cannot.
        Thread.Sleep(100);
        return exitCode;
    }
}
