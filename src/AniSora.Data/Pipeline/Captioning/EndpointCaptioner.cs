using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Data.Pipeline.Captioning;

/// <summary>Asks a vision model behind an OpenAI-compatible endpoint. Thread-safe.</summary>
internal sealed class EndpointCaptioner : IDisposable
{
    private readonly CaptionEndpoint _endpoint;
    private readonly CaptionLedger _ledger;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Prepares to ask; nothing is sent yet.</summary>
    /// <param name="endpoint">Where and how.</param>
    /// <param name="ledger">Remembers answers and what they cost.</param>
    /// <param name="handler">Sends requests; null for the network.</param>
    /// <param name="time">The clock that waits follow.</param>
    /// <exception cref="InputException">A setting is out of range.</exception>
    public EndpointCaptioner(CaptionEndpoint endpoint, CaptionLedger ledger, HttpMessageHandler? handler = null, TimeProvider? time = null)
    {
        (_endpoint, _ledger, _time) = (endpoint, ledger, time ?? TimeProvider.System);
        if (!Uri.TryCreate(endpoint.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new InputException($"captions.endpoint.url is \"{endpoint.Url}\", should be an address such as http://localhost:8000/v1");
        if (endpoint.Frames is not (>= 1 and <= 16) || endpoint.Parallel < 1 || endpoint.Attempts < 1 || endpoint.TimeoutSeconds <= 0 || endpoint.RequestsPerMinute < 0)
            throw new InputException("captions.endpoint: frames should be in 1 … 16; parallel and attempts 1 or more; timeout_seconds above 0; requests_per_minute 0 or more");
        if (endpoint.CostCap == 0 && (endpoint.PricePerMillionSent > 0 || endpoint.PricePerMillionReceived > 0))
            throw new InputException("captions.endpoint.cost_cap is 0 but there are prices: say what the whole data set may cost");
        _client = handler is null ? new HttpClient() : new HttpClient(handler, disposeHandler: false);
        _client.Timeout = TimeSpan.FromSeconds(endpoint.TimeoutSeconds);
        if (Environment.GetEnvironmentVariable(endpoint.KeyVariable) is { Length: > 0 } key)
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>The caption of a clip: from the ledger if the same pictures were asked about before.</summary>
    /// <param name="pngs">The frames as PNG files, in order.</param>
    /// <param name="checksum">Identifies the frames.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The endpoint refuses, does not answer, answers nonsense, or the cost cap is reached.</exception>
    public async Task<string> CaptionAsync(IReadOnlyList<byte[]> pngs, string checksum, CancellationToken cancellation)
    {
        string key = CaptionLedger.Key(_endpoint, checksum);
        if (_ledger.Find(key) is { } known)
            return known;
        var request = Request(pngs);
        for (int attempt = 1; ; attempt++)
        {
            _ledger.RequireBudget();
            await WaitForTurnAsync(cancellation).ConfigureAwait(false);
            string problem;
            TimeSpan wait = TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, attempt)));
            try
            {
                using var content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json");
                using var response = await _client.PostAsync(new Uri(_endpoint.Url.TrimEnd('/') + "/chat/completions"), content, cancellation).ConfigureAwait(false);
                string body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                    return _ledger.Store(key, Parse(body), Cost(body));
                problem = $"{(int)response.StatusCode} {Short(body)}";
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) && (int)response.StatusCode < 500)
                    throw new InputException($"{_endpoint.Url}: model {_endpoint.Model} refuses: {problem}; check captions.endpoint and the key in {_endpoint.KeyVariable}");
                wait = response.Headers.RetryAfter?.Delta ?? wait;
            }
            catch (Exception e) when (e is HttpRequestException || e is TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                problem = e is HttpRequestException ? e.Message : $"no answer within {_endpoint.TimeoutSeconds} s";
            }
            if (attempt == _endpoint.Attempts)
                throw new InputException($"{_endpoint.Url}: no caption after {attempt} attempts ({problem}); run the same command again to go on, answers so far are kept");
            await Task.Delay(wait, _time, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _turn.Dispose();
    }

    private JsonObject Request(IReadOnlyList<byte[]> pngs)
    {
        var content = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = _endpoint.Prompt });
        foreach (byte[] png in pngs)
            content.Add(new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64," + Convert.ToBase64String(png) } });
        return new JsonObject
        {
            ["model"] = _endpoint.Model,
            ["max_tokens"] = _endpoint.MaxTokens,
            ["temperature"] = 0,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
        };
    }

    private string Parse(string body)
    {
        try
        {
            string text = JsonNode.Parse(body)?["choices"]?[0]?["message"]?["content"]?.GetValue<string>() ?? "";
            // One line, whatever the model thinks of paragraphs.
            text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Trim('"');
            return text.Length > 0 ? text : throw new InputException($"{_endpoint.Url}: model {_endpoint.Model} answered without a text: {Short(body)}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new InputException($"{_endpoint.Url}: the answer is not that of a chat endpoint: {Short(body)}", e);
        }
    }

    private double Cost(string body)
    {
        var usage = JsonNode.Parse(body)?["usage"];
        double Tokens(string name) => usage?[name] is JsonValue value && value.TryGetValue(out double tokens) ? tokens : 0;
        return (Tokens("prompt_tokens") * _endpoint.PricePerMillionSent + Tokens("completion_tokens") * _endpoint.PricePerMillionReceived) / 1e6;
    }

    private async Task WaitForTurnAsync(CancellationToken cancellation)
    {
        if (_endpoint.RequestsPerMinute == 0)
            return;
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var now = _time.GetUtcNow();
            if (_next > now)
                await Task.Delay(_next - now, _time, cancellation).ConfigureAwait(false);
            _next = (_next > now ? _next : now) + TimeSpan.FromMinutes(1.0 / _endpoint.RequestsPerMinute);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Short(string body)
    {
        string line = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 200 ? line[..200] + " …" : line;
    }
}
