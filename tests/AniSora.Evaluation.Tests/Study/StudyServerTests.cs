using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using AniSora.Evaluation.Study;
using Microsoft.Data.Sqlite;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>The web server: raters' ways through a study, and what strangers cannot do.</summary>
public sealed class StudyServerTests(SmallStudy small, ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Task<StudyServer> ServeAsync(string study) => StudyServer.StartAsync(study, IPAddress.Loopback, 0);

    [Theory]
    [InlineData(StudyDesign.Scale), InlineData(StudyDesign.Pairs)]
    public async Task A_rater_goes_from_the_link_to_the_thanks_and_may_stop_in_between(StudyDesign design)
    {
        string study = small.Copy(_folder, design);
        int pages = 0;
        for (int session = 0; session < 2; session++)
        {
            await using var server = await ServeAsync(study);
            using var http = StudyClient.Http(server.Address);
            var rater = new StudyClient(http, StudyClient.Links(study)[1]);
            Assert.Equal(HttpStatusCode.SeeOther, (await rater.EnterAsync()).StatusCode);
            Assert.Contains(session == 0 ? ">Begin<" : $"{pages + 1} of 8", await rater.PageAsync("/"));
            while (StudyClient.Form(await rater.PageAsync(), _ => 1) is { } form && (session > 0 || pages < 3))
            {
                using var answer = await rater.RateAsync(form);
                Assert.Equal((HttpStatusCode.SeeOther, "/"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
                pages++;
            }
        }
        Assert.Equal(8, pages);
        Assert.Equal([0, 8, 0], StudyStatus.Read(study).Raters.Select(r => r.Answered));
    }

    [Fact]
    public async Task No_page_address_or_header_names_a_model_or_a_clip_and_all_are_guarded_alike()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        using var http = StudyClient.Http(server.Address);
        var rater = new StudyClient(http, StudyClient.Links(study)[0]);
        var seen = new List<HttpResponseMessage> { await rater.EnterAsync(), await rater.GetAsync("/"), await rater.GetAsync("/study.css"), await rater.GetAsync("/study.js"), await rater.GetAsync("/nothing") };
        var media = new List<HttpResponseMessage>();
        while (true)
        {
            seen.Add(await rater.GetAsync("/?begin"));
            string page = await seen[^1].Content.ReadAsStringAsync();
            foreach (string file in StudyClient.Files(page))
                media.Add(await rater.GetAsync(file));
            if (StudyClient.Form(page, _ => 3) is not { } form)
                break;
            seen.Add(await rater.RateAsync(form));
        }
        foreach (var response in seen.Concat(media))
        {
            string all = $"{response.RequestMessage!.RequestUri}\n{response.Headers}\n{response.Content.Headers}\n{(response.Content.Headers.ContentType?.MediaType?.StartsWith("text", StringComparison.Ordinal) is true ? await response.Content.ReadAsStringAsync() : "")}";
            Assert.All(SmallStudy.Models, model => Assert.DoesNotContain(model, all, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain("clip_", all);
            Assert.Equal("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(response.Headers.Contains("Server"));
        }
        // What differs between videos of one clip is their pixels, and nothing that comes with them.
        var videos = media.Where(m => m.Content.Headers.ContentType!.MediaType == "video/mp4").ToArray();
        Assert.True(videos.Select(v => v.RequestMessage!.RequestUri).Distinct().Count() >= 6);
        Assert.Single(videos.Select(v => v.Content.Headers.LastModified).Distinct());
        Assert.All(videos, v => Assert.Null(v.Headers.ETag));
    }

    [Fact]
    public async Task The_prompt_is_text_even_where_it_looks_like_markup()
    {
        StudyBuilder.Create(small.Sources, small.Bench, _folder["study"], new() { Raters = 1, Clips = 3, Checks = 0, Repeats = 0 });
        await using var server = await ServeAsync(_folder["study"]);
        using var http = StudyClient.Http(server.Address);
        var rater = new StudyClient(http, StudyClient.Links(_folder["study"])[0]);
        await rater.EnterAsync();
        var prompts = new List<string>();
        while (await rater.PageAsync() is var page && StudyClient.Form(page, _ => 3) is { } form)
        {
            prompts.Add(page);
            await rater.RateAsync(form);
        }
        Assert.Equal(3, prompts.Count(p => p.Contains("“a square, &lt;moving&gt;”")));
        Assert.All(prompts, p => Assert.DoesNotContain("<moving>", p));
    }

    [Fact]
    public async Task Strangers_get_nothing()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        Assert.StartsWith("http://127.0.0.1:", server.Address);
        using var http = StudyClient.Http(server.Address);
        string link = StudyClient.Links(study)[0];
        Assert.Matches("^/r/[0-9a-f]{32}$", link);
        foreach (string guess in new[] { "/r/" + new string('0', 32), "/r/", "/r/x", link[..^1], link + "0", link.ToUpperInvariant().Replace("/R/", "/r/") })
            Assert.Equal(HttpStatusCode.NotFound, (await new StudyClient(http, guess).EnterAsync()).StatusCode);
        var stranger = new StudyClient(http, link);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.RateAsync([])).StatusCode);
        string file = Path.GetFileName(Directory.GetFiles(StudyFolder.Media(study))[0]);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/media/{file}")).StatusCode);

        await stranger.EnterAsync();
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync($"/media/{file}")).StatusCode);
        foreach (string path in new[] { "/media/../links.csv", "/media/..%2Flinks.csv", "/media/%2e%2e%2flinks.csv", "/media/..%5clinks.csv", "/media/%2Fetc%2Fpasswd", "/media/" + file + "%00", "/media//" + file, "/links.csv", "/study.db", "/media/" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using var response = await stranger.SendAsync(request);
            Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{path}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task Cookies_are_out_of_reach_of_scripts_and_other_sites()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        using var http = StudyClient.Http(server.Address);
        string cookie = (await new StudyClient(http, StudyClient.Links(study)[0]).EnterAsync()).Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Only_whole_answers_from_a_raters_own_page_in_their_order_are_taken()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        using var http = StudyClient.Http(server.Address);
        var (rater, other) = (new StudyClient(http, StudyClient.Links(study)[0]), new StudyClient(http, StudyClient.Links(study)[1]));
        await rater.EnterAsync();
        await other.EnterAsync();
        var form = StudyClient.Form(await rater.PageAsync(), _ => 2)!;
        var others = StudyClient.Form(await other.PageAsync(), _ => 2)!;
        Assert.Equal(9, form.Count);
        async Task Refused(HttpStatusCode status, Action<Dictionary<string, string>> change, string? from = "same-origin")
        {
            var changed = new Dictionary<string, string>(form);
            change(changed);
            Assert.Equal(status, (await rater.RateAsync(changed, from)).StatusCode);
        }
        await Refused(HttpStatusCode.Forbidden, f => f["token"] = others["token"]);
        await Refused(HttpStatusCode.Forbidden, f => f["token"] = "");
        await Refused(HttpStatusCode.Forbidden, f => f.Remove("token"));
        await Refused(HttpStatusCode.Forbidden, _ => { }, from: "cross-site");
        await Refused(HttpStatusCode.Forbidden, _ => { }, from: "same-site");
        await Refused(HttpStatusCode.BadRequest, f => f.Remove("motion"));
        await Refused(HttpStatusCode.BadRequest, f => f["motion"] = "6");
        await Refused(HttpStatusCode.BadRequest, f => f["motion"] = "0");
        await Refused(HttpStatusCode.BadRequest, f => f["motion"] = "2.5");
        await Refused(HttpStatusCode.BadRequest, f => f["position"] = "x");
        await Refused(HttpStatusCode.Conflict, f => f["position"] = "1");
        await Refused(HttpStatusCode.Conflict, f => f["position"] = "99");
        await Refused(HttpStatusCode.RequestEntityTooLarge, f => f["motion"] = new string('2', 20_000));
        using var json = new HttpRequestMessage(HttpMethod.Post, "/rate") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await rater.SendAsync(json)).StatusCode);
        Assert.All(StudyStatus.Read(study).Raters, r => Assert.Equal(0, r.Answered));

        // The first answer holds, however often the form comes.
        Assert.Equal(HttpStatusCode.SeeOther, (await rater.RateAsync(form)).StatusCode);
        await Refused(HttpStatusCode.SeeOther, f => f["motion"] = "5");
        StudyStatus.Close(study);
        using var database = StudyDatabase.Open(study);
        Assert.Equal(6, database.Judgements().Count);
        Assert.All(database.Judgements(), j => Assert.Equal(2, j.Value));

        form["position"] = "1";
        Assert.Equal(HttpStatusCode.Conflict, (await rater.RateAsync(form)).StatusCode);
        Assert.Contains("This study is closed", await rater.PageAsync());
        Assert.Equal(6, database.Judgements().Count);
    }

    [Fact]
    public async Task Guessing_is_slowed_down_and_raters_do_not_notice()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        using var http = StudyClient.Http(server.Address);
        var rater = new StudyClient(http, StudyClient.Links(study)[0]);
        var guesses = new List<HttpResponseMessage>();
        for (int i = 0; i < 200; i++)
            guesses.Add(await http.GetAsync($"/r/{i:x32}"));
        int refused = guesses.Count(g => g.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.True(refused > 100, $"{refused} of 200 refused");
        Assert.All(guesses.Where(g => g.StatusCode == HttpStatusCode.TooManyRequests), g => Assert.NotNull(g.Headers.RetryAfter));
        Assert.Equal(HttpStatusCode.SeeOther, (await rater.EnterAsync()).StatusCode);
        Assert.NotNull(StudyClient.Form(await rater.PageAsync(), _ => 1));
        var eager = new List<HttpStatusCode>();
        for (int i = 0; i < 200; i++)
            eager.Add((await rater.GetAsync("/")).StatusCode);
        Assert.Contains(HttpStatusCode.TooManyRequests, eager);
    }

    [Fact]
    public async Task Two_hundred_raters_at_once_lose_nothing()
    {
        string study = small.Copy(_folder, crowd: true);
        var sent = new ConcurrentDictionary<(string Rater, int Position, string Axis), int>();
        var latencies = new ConcurrentBag<double>();
        double seconds;
        await using (var server = await ServeAsync(study))
        {
            using var http = StudyClient.Http(server.Address);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(StudyClient.Links(study).Select((link, i) => RateAllAsync(new StudyClient(http, link), i)));
            seconds = clock.Elapsed.TotalSeconds;
        }
        StudyStatus.Close(study);
        using var database = StudyDatabase.Open(study);
        var stored = database.Judgements();
        Assert.Equal(200 * 8 * 6, sent.Count);
        Assert.Equal(sent.Count, stored.Count);
        Assert.All(stored, j => Assert.Equal(sent[(j.Rater, j.Position, j.Axis)], j.Value));
        double[] ordered = [.. latencies.Order()];
        output.WriteLine($"{ordered.Length} pages by 200 raters in {seconds:0.0} s, {ordered.Length / seconds:0} answers/s; stored after {ordered[ordered.Length / 2]:0} ms (median), {ordered[ordered.Length * 99 / 100]:0} ms (99 %)");

        async Task RateAllAsync(StudyClient rater, int number)
        {
            var random = new Random(number);
            await rater.EnterAsync();
            while (StudyClient.Form(await rater.PageAsync(), _ => random.Next(1, 6)) is { } form)
            {
                long start = Stopwatch.GetTimestamp();
                using var answer = await rater.RateAsync(form);
                Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                foreach (var axis in StudyAxis.All)
                    sent[($"rater-{number + 1:000}", int.Parse(form["position"], System.Globalization.CultureInfo.InvariantCulture), axis.Key)] = int.Parse(form[axis.Key], System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        string study = small.Copy(_folder);
        await using var server = await ServeAsync(study);
        int port = new Uri(server.Address).Port;
        var error = await Assert.ThrowsAsync<InputException>(() => StudyServer.StartAsync(study, IPAddress.Loopback, port));
        Assert.Contains($"{port}", error.Message);
    }

    [Fact]
    public void Answers_are_synced_to_the_disk_and_stay_as_they_are()
    {
        string study = small.Copy(_folder);
        using var database = StudyDatabase.Open(study);
        Assert.Equal("wal", database.Scalar("PRAGMA journal_mode"));
        Assert.Equal(2L, database.Scalar("PRAGMA synchronous")); // FULL
        Assert.Equal(AnswerOutcome.Stored, database.Answer(0, 0, StudyAxis.All.ToDictionary(a => a.Key, _ => 4), 1000, DateTimeOffset.UtcNow));
        Assert.Throws<SqliteException>(() => database.Execute("UPDATE ratings SET value = 5"));
        Assert.Throws<SqliteException>(() => database.Execute("DELETE FROM ratings"));
    }
}
