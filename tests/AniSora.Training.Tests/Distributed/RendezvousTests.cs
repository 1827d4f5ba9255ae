using System.Net.Sockets;
using AniSora.Training.Distributed;

namespace AniSora.Training.Tests.Distributed;

public sealed class RendezvousTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly LaunchEnvironment _launch = new(0, 2, 0, 2, "127.0.0.1", ThreadRanks.FreePort(), 0, "torchrun");
    private readonly RendezvousStore _first;

    public RendezvousTests() => _first = new RendezvousStore(_launch, _limit);

    public void Dispose() => _first.Dispose();

    [Fact]
    public void What_one_sets_the_other_finds()
    {
        using var second = new RendezvousStore(_launch with { Rank = 1 }, _limit);
        Assert.Null(_first.Find("who"));
        second.Set("who", "grüß dich");
        Assert.Equal("grüß dich", _first.Find("who"));
        Assert.Equal("grüß dich", _first.Wait("who", _limit));
        Assert.Equal([3, 1, 1], new[] { _first.Add("count", 3), second.Add("count", -2), _first.Add("count", 0) });
        Assert.Contains("'never'", Assert.Throws<RendezvousException>(() => second.Wait("never", TimeSpan.Zero)).Message);
    }

    [Fact]
    public void Who_has_gone_is_known()
    {
        new RendezvousStore(_launch with { Rank = 1 }, _limit).Dispose();
        Assert.Equal("1", _first.Wait(RendezvousServer.ClosedKey, _limit));
    }

    [Fact]
    public void A_store_that_is_gone_is_an_error()
    {
        using var second = new RendezvousStore(_launch with { Rank = 1 }, _limit);
        _first.Dispose();
        Assert.Throws<RendezvousException>(() => second.Find("who"));
    }

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 127 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 71, 69, 84 })]
    public void Strangers_are_sent_away(byte[] greeting)
    {
        using var stranger = new TcpClient(_launch.MasterAddress, _launch.MasterPort) { ReceiveTimeout = (int)_limit.TotalMilliseconds };
        stranger.GetStream().Write(greeting);
        Assert.Equal(0, stranger.GetStream().Read(new byte[1]));
        _first.Set("still", "here");
    }
}
