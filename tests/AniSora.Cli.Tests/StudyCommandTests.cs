using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AniSora.Data;

namespace AniSora.Cli.Tests;

/// <summary>A blind test from videos to the report, by command line, with a server that is killed.</summary>
public sealed partial class StudyCommandTests
{
    private const int Raters = 12, Kills = 4;

    [Fact]
    public async Task No_answer_that_was_confirmed_is_lost_when_the_server_is_killed()
    {
        using var folder = new TemporaryFolder();
        WriteVideos(folder, "Zyxomma", "Quahog");
        var made = await CliRunner.RunAsync("study", "create", "--videos", $"Zyxomma={folder["Zyxomma"]}", "--videos", $"Quahog={folder["Quahog"]}", "--raters", $"{Raters}", "--clips", "2", "--out", folder["study"]);
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Equal(folder["study"], made.Output.TrimEnd());
        string[] links = [.. File.ReadAllLines(folder["study/links.csv"]).Skip(1).Select(line => line.Split(',')[1])];
        Assert.Equal(Raters, links.Length);

        var confirmed = new ConcurrentDictionary<(int Rater, string Position), string>();
        var random = new Random(5);
        int interrupted = 0;
        for (int round = 0; round <= Kills; round++)
        {
            int port = FreePort();
            bool last = round == Kills;
            var served = await CliRunner.RunAsync(["study", "serve", folder["study"], "--port", $"{port}"], folder: null, started: async process =>
            {
                using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
                while (!process.HasExited && !await AnswersAsync(http))
                    await Task.Delay(50);
                int enough = confirmed.Count + random.Next(1, 6);
                var raters = Task.WhenAll(links.Select((link, i) => RateAllAsync(http, link, i, confirmed)));
                while (!last && confirmed.Count < enough && !raters.IsCompleted)
                    await Task.Delay(1);
                if (last)
                {
                    await raters;
                    CliRunner.Signal(process, "TERM");
                    return;
                }
                process.Kill();
                // Those who were answering get no confirmation, and try again in the next round. Where the kill came late, all may have been answered.
                try
                {
                    await raters;
                }
                catch (Exception)
                {
                    Assert.All(raters.Exception!.InnerExceptions, e => Assert.True(e is HttpRequestException or IOException, e.ToString()));
                    interrupted++;
                }
            });
            Assert.True(served.ExitCode == (last ? 0 : 137), served.Error);
            Assert.DoesNotContain("warning", served.Error);
        }

        Assert.InRange(interrupted, 1, Kills);
        var status = await CliRunner.RunAsync("study", "status", folder["study"]);
        Assert.Contains($"{Raters} of {Raters} raters finished", status.Output);
        Assert.DoesNotContain("Zyxomma", status.Output);
        (await CliRunner.RunAsync("study", "report", folder["study"], "--out", folder["page.html"])).AssertBadInput("study close");
        Assert.Equal(0, (await CliRunner.RunAsync("study", "close", folder["study"])).ExitCode);
        var report = await CliRunner.RunAsync("study", "report", folder["study"], "--out", folder["page.html"]);
        Assert.True(report.ExitCode == 0, report.Error);
        Assert.Contains("Zyxomma", await File.ReadAllTextAsync(folder["page.html"]));

        string[][] rows = [.. File.ReadAllLines(folder["page.csv"]).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(Raters * 8 * 4, rows.Length); // 2 clips × 2 models, 2 checks, 2 repeats; 4 axes
        var stored = rows.ToLookup(row => (int.Parse(row[0].Split('-')[1], System.Globalization.CultureInfo.InvariantCulture) - 1, row[1]), row => row[7]);
        // An answer may have been stored just before a kill that kept its confirmation from going out, by one page for each rater and kill.
        Assert.InRange(confirmed.Count, Raters * (8 - Kills), Raters * 8);
        Assert.All(confirmed, answer => Assert.All(stored[answer.Key], value => Assert.Equal(answer.Value, value)));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_named_and_the_exit_code_says_so()
    {
        using var folder = new TemporaryFolder();
        WriteVideos(folder, "a", "b");
        File.Delete(folder["b/video/c1.mp4"]);
        var made = await CliRunner.RunAsync("study", "create", "--videos", $"a={folder["a"]}", "--videos", $"b={folder["b"]}", "--raters", "1", "--out", folder["study"]);
        Assert.Equal(1, made.ExitCode);
        Assert.Contains("left out:", made.Error);
        Assert.Contains("\"c1\"", made.Error);
        File.WriteAllText(folder["ratings.csv"], "rater,position,axis,value\nnobody,0,quality,3\nnobody,0,smoothness,3\nnobody,0,motion,3\nnobody,0,character,3\n");
        var imported = await CliRunner.RunAsync("study", "import", folder["study"], folder["ratings.csv"]);
        Assert.Equal((1, "0 pages added"), (imported.ExitCode, imported.Output.TrimEnd()));
        Assert.Contains("\"nobody\"", imported.Error);

        (await CliRunner.RunAsync("study", "create", "--videos", folder["a"], "--out", folder["x"])).AssertBadInput("NAME=FOLDER");
        (await CliRunner.RunAsync("study", "create", "--videos", $"a={folder["a"]}", "--design", "stars", "--out", folder["x"])).AssertBadInput("--design stars", "scale, pairs");
        (await CliRunner.RunAsync("study", "serve", folder["a"])).AssertBadInput("is no study", "study create");
        (await CliRunner.RunAsync("study", "serve", folder["study"], "--listen", "everywhere")).AssertBadInput("--listen everywhere", "127.0.0.1");
        (await CliRunner.RunAsync("study", "serve", folder["study"], "--port", "70000")).AssertBadInput("--port 70000");
    }

    private static void WriteVideos(TemporaryFolder folder, params string[] models)
    {
        foreach (var (model, shift) in models.Select((m, i) => (m, i)))
            for (int clip = 0; clip < 2; clip++)
                Media.WriteMp4(folder[$"{model}/video/c{clip}.mp4"], (byte[])[.. Enumerable.Range(0, 5 * 32 * 32 * 3).Select(i => (byte)(i * (1 + shift) / 300 + 40 * clip))], 5, 32, 32, 8);
    }

    /// <summary>Goes on where the rater was until nothing is left.</summary>
    private static async Task RateAllAsync(HttpClient http, string link, int rater, ConcurrentDictionary<(int, string), string> confirmed)
    {
        using var entered = await http.GetAsync(link);
        string cookie = entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        while (true)
        {
            using var get = new HttpRequestMessage(HttpMethod.Get, "/?begin") { Headers = { { "Cookie", cookie } } };
            using var shown = await http.SendAsync(get);
            string page = await shown.Content.ReadAsStringAsync();
            var form = Hidden().Matches(page).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
            if (form.Count == 0)
            {
                Assert.Contains("Thank you", page);
                return;
            }
            // A check is answered as it asks, or the report would have no raters.
            string value = Asked().Match(page) is { Success: true } asked ? asked.Groups[1].Value : $"{1 + (rater + form["position"][0]) % 5}";
            foreach (string axis in Radio().Matches(page).Select(m => m.Groups[1].Value).Distinct())
                form[axis] = value;
            using var post = new HttpRequestMessage(HttpMethod.Post, "/rate") { Content = new FormUrlEncodedContent(form), Headers = { { "Cookie", cookie } } };
            using var answer = await http.SendAsync(post);
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
            Assert.True(confirmed.TryAdd((rater, form["position"]), value), "a page that was stored came again");
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var _ = await http.GetAsync("/study.css");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(\\w+)\" value=\"(\\w*)\">")]
    private static partial Regex Hidden();

    [GeneratedRegex("<input type=\"radio\" name=\"(\\w+)\"")]
    private static partial Regex Radio();

    [GeneratedRegex("choose <b>(\\d)</b>")]
    private static partial Regex Asked();
}
