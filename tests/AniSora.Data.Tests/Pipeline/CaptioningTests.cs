using System.Net;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Captioning;

namespace AniSora.Data.Tests.Pipeline;

public class CaptioningTests
{
    private static readonly CaptionEndpoint _endpoint = new() { Url = "http://model.test/v1", Model = "eyes", RequestsPerMinute = 0, Attempts = 3 };

    [Fact]
    public void TemplatesVaryTheWordsAndKeepTheFacts()
    {
        var source = IngestPlanTests.Source("x") with { Subject = "octopus", Colour = "orange", Label = "swimming", Direction = "ne" };
        var captions = TemplateCaptioner.Of(source, 5, 6);
        Assert.Equal("an orange octopus swimming, facing north-east", captions[0]);
        Assert.Equal(7, captions.Distinct().Count());
        Assert.All(captions, c => Assert.Contains("orange octopus swimming", c));
        Assert.All(captions, c => Assert.Contains("north-east", c));
        Assert.Equal(captions, TemplateCaptioner.Of(source, 5, 6));
        Assert.NotEqual(captions, TemplateCaptioner.Of(source, 6, 6));
        Assert.Equal("man running", TemplateCaptioner.Of(IngestPlanTests.Source("x") with { Title = "man  running", Label = "running" }, 1, 0)[0]);
        Assert.Equal("leg", TemplateCaptioner.Of(IngestPlanTests.Source("x") with { Title = "leg", Colour = "light skin" }, 1, 0)[0]);
        Assert.Equal("my holiday film", TemplateCaptioner.Of(IngestPlanTests.Source("films/my_holiday_film.mp4"), 1, 0)[0]);
    }

    [Fact]
    public void TheSuffixFollowsTheGrammar()
    {
        var scores = new ScoreRow("c", 0, 2.34, 3, "tilt up", 0.9, 1, 1, 1, 0, 1, 0, 4.71, "laion");
        Assert.Equal("aesthetic score: 4.7. motion score: 2.3. camera motion: tilt up. There is no text in the video.", CaptionSuffix.Of(scores));
        Assert.Equal("motion score: 2.3.", CaptionSuffix.Of(scores with { AestheticModel = "", CameraMotion = "unknown", TextCover = 3 }));
    }

    [Fact]
    public async Task AnEndpointIsAskedOnceAndAgainOnlyWhenItFailsForNow()
    {
        using var folder = new TemporaryFolder();
        var answers = new Queue<HttpResponseMessage>([
            new(HttpStatusCode.TooManyRequests), new(HttpStatusCode.BadGateway) { Content = new StringContent("oops") },
            Answer("  A cat\\n jumps. ")]);
        using var network = new Network(_ => answers.Dequeue());
        using (var ledger = new CaptionLedger(folder.Path, "a", 0))
        using (var captioner = new EndpointCaptioner(_endpoint, ledger, network, new Fast()))
            Assert.Equal("A cat jumps.", await captioner.CaptionAsync([[1, 2, 3]], "sum", CancellationToken.None));
        Assert.Equal(3, network.Bodies.Count);
        Assert.Contains("\"model\":\"eyes\"", network.Bodies[0]);
        Assert.Contains("data:image/png;base64,AQID", network.Bodies[0]);
        // Another worker, later: the ledger answers.
        using (var ledger = new CaptionLedger(folder.Path, "b", 0))
        using (var captioner = new EndpointCaptioner(_endpoint, ledger, network, new Fast()))
            Assert.Equal("A cat jumps.", await captioner.CaptionAsync([[1, 2, 3]], "sum", CancellationToken.None));
        Assert.Equal(3, network.Bodies.Count);
    }

    [Fact]
    public async Task RefusalsNonsenseAndSilenceAreSaid()
    {
        async Task<string> Try(Func<HttpRequestMessage, HttpResponseMessage> answer)
        {
            using var folder = new TemporaryFolder();
            using var network = new Network(answer);
            using var ledger = new CaptionLedger(folder.Path, "a", 0);
            using var captioner = new EndpointCaptioner(_endpoint, ledger, network, new Fast());
            return (await Assert.ThrowsAsync<InputException>(() => captioner.CaptionAsync([[1]], "sum", CancellationToken.None))).Message;
        }
        Assert.Contains("ANISORA_CAPTION_KEY", await Try(_ => new(HttpStatusCode.Unauthorized) { Content = new StringContent("who are you?") }));
        Assert.Contains("not that of a chat endpoint", await Try(_ => new(HttpStatusCode.OK) { Content = new StringContent("<html>") }));
        Assert.Contains("without a text", await Try(_ => Answer(" ")));
        Assert.Contains("no caption after 3 attempts", await Try(_ => throw new HttpRequestException("connection refused")));
    }

    [Fact]
    public async Task TheCostCapStopsBeforeItIsExceededByMoreThanOneAnswer()
    {
        using var folder = new TemporaryFolder();
        using var network = new Network(_ => Answer("A dog."));
        var priced = _endpoint with { PricePerMillionSent = 1000, PricePerMillionReceived = 2000, CostCap = 0.25 };
        using var ledger = new CaptionLedger(folder.Path, "a", priced.CostCap);
        using var captioner = new EndpointCaptioner(priced, ledger, network, new Fast());
        // An answer costs (100 · 1000 + 10 · 2000) / 10⁶ = 0.12.
        for (int i = 0; i < 3; i++)
            await captioner.CaptionAsync([[1]], $"sum {i}", CancellationToken.None);
        var error = await Assert.ThrowsAsync<InputException>(() => captioner.CaptionAsync([[1]], "sum 4", CancellationToken.None));
        Assert.Contains("cost_cap of 0.25", error.Message);
        Assert.Equal("A dog.", await captioner.CaptionAsync([[1]], "sum 1", CancellationToken.None));
        Assert.Contains("cost_cap is 0", Assert.Throws<InputException>(() => new EndpointCaptioner(priced with { CostCap = 0 }, ledger, network)).Message);
    }

    [Fact]
    public async Task RequestsKeepTheirDistance()
    {
        using var folder = new TemporaryFolder();
        using var network = new Network(_ => Answer("A bird."));
        using var ledger = new CaptionLedger(folder.Path, "a", 0);
        var clock = new Fast();
        using var captioner = new EndpointCaptioner(_endpoint with { RequestsPerMinute = 30 }, ledger, network, clock);
        for (int i = 0; i < 5; i++)
            await captioner.CaptionAsync([[1]], $"sum {i}", CancellationToken.None);
        Assert.InRange(clock.Waited.TotalSeconds, 7.9, 8.1);
    }

    [Fact]
    public void HalfALineIsNoAnswer()
    {
        using var folder = new TemporaryFolder();
        using (var ledger = new CaptionLedger(folder.Path, "a", 0))
            ledger.Store("k1", "one", 0.5);
        File.AppendAllText(folder["a.jsonl"], "{\"Key\":\"k2\",\"Capt");
        using (var ledger = new CaptionLedger(folder.Path, "a", 0))
        {
            Assert.Null(ledger.Find("k2"));
            ledger.Store("k2", "two", 0.25);
        }
        using var last = new CaptionLedger(folder.Path, "b", 0);
        Assert.Equal(("one", "two", 0.75), (last.Find("k1"), last.Find("k2"), last.Spent));
    }

    private static HttpResponseMessage Answer(string text) => new(HttpStatusCode.OK)
    {
        Content = new StringContent($$$"""{"choices":[{"message":{"content":"{{{text}}}"}}],"usage":{"prompt_tokens":100,"completion_tokens":10}}"""),
    };

    private sealed class Network(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
        {
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellation));
            return answer(request);
        }
    }

    /// <summary>A clock on which waiting takes no time.</summary>
    private sealed class Fast : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Waited { get; private set; }

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period)
        {
            Waited += due;
            _now += due;
            return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
