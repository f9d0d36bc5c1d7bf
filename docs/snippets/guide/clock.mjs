const response = await fetch(`${process.env.OKX_API_BASE_URL}/api/v5/public/time`, {
  signal: AbortSignal.timeout(10_000),
});
const { data } = await response.json();
console.log("my clock is right:", Math.abs(Date.now() - data[0].ts) < 30_000);
