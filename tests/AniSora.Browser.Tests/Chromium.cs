using Microsoft.Playwright;

namespace AniSora.Browser.Tests;

/// <summary>One headless Chromium for all tests of a class: Debian's, found on the PATH or named by ANISORA_CHROMIUM.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // Only for what never comes: a busy machine takes its time.
    private const float Patience = 180_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        string executable = Environment.GetEnvironmentVariable("ANISORA_CHROMIUM") is { Length: > 0 } named ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(p => Path.Combine(p, "chromium")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("no chromium on the PATH: run `make setup`, or set ANISORA_CHROMIUM to a Chromium or Chrome");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = executable,
            Headless = true,
            Timeout = Patience,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <summary>Opens a file in a fresh context in which every request to a network fails and is written down.</summary>
    public async Task<OpenPage> OpenAsync(string file, int width = 1280, int height = 900, bool dark = false, bool calm = false, bool hasPlayers = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = calm ? ReducedMotion.Reduce : ReducedMotion.NoPreference,
        });
        context.SetDefaultTimeout(Patience);
        var page = new OpenPage(context, await context.NewPageAsync());
        await page.GoAsync(file, hasPlayers);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>A page with what went wrong on it.</summary>
public sealed class OpenPage(IBrowserContext context, IPage page) : IAsyncDisposable
{
    private readonly List<string> _problems = [];

    public IPage Page => page;

    /// <summary>Console errors and warnings, uncaught exceptions, and requests that left the machine.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems)
                return [.. _problems];
        }
    }

    /// <summary>Goes to a file, or to an address whose server counts as local.</summary>
    public async Task GoAsync(string file, bool hasPlayers)
    {
        var address = file.StartsWith("http:", StringComparison.Ordinal) ? new Uri(file) : new Uri(Path.GetFullPath(file));
        bool IsLocal(string url) => new[] { "file:", "data:", "blob:" }.Any(scheme => url.StartsWith(scheme, StringComparison.Ordinal))
            || (!address.IsFile && url.StartsWith(address.GetLeftPart(UriPartial.Authority) + "/", StringComparison.Ordinal));
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Add($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => Add("exception: " + error);
        page.Request += (_, request) =>
        {
            if (!IsLocal(request.Url))
                Add("request: " + request.Url);
        };
        await page.RouteAsync(url => !IsLocal(url), route => route.AbortAsync());
        await page.GotoAsync(address.AbsoluteUri);
        if (hasPlayers)
            await page.WaitForFunctionAsync("document.documentElement.dataset.players !== undefined");
    }

    /// <summary>Keeps a picture for people under out/test-screenshots of the repository.</summary>
    public async Task ScreenshotAsync(string name, bool whole)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "AniSora.sln")))
            root = Path.GetDirectoryName(root);
        string folder = Path.Combine(root ?? AppContext.BaseDirectory, "out", "test-screenshots");
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = whole });
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Add(string problem)
    {
        lock (_problems)
            _problems.Add(problem);
    }
}
