import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.Callable;
import org.knowm.xchange.Exchange;
import org.knowm.xchange.ExchangeFactory;
import org.knowm.xchange.ExchangeSpecification;
import org.knowm.xchange.currency.Currency;
import org.knowm.xchange.currency.CurrencyPair;
import org.knowm.xchange.dto.Order;
import org.knowm.xchange.dto.account.Wallet;
import org.knowm.xchange.dto.trade.LimitOrder;
import org.knowm.xchange.okex.OkexExchange;
import org.knowm.xchange.okex.dto.trade.OkexTradeParams.OkexCancelOrderParams;
import org.knowm.xchange.okex.service.OkexAccountService;
import org.knowm.xchange.okex.service.OkexTradeService;

/** What XChange does, step by step: each prints what it saw, or the error, as a line of JSON. */
public class XchangeSteps {
  public static void main(String[] arguments) throws Exception {
    String place = arguments.length > 0 ? arguments[0] : "practice";
    ExchangeSpecification settings =
        switch (place) {
          case "demo" -> demo();
          case "live" -> live();
          default -> practice();
        };
    settings.setApiKey(System.getenv("OKX_API_KEY"));
    settings.setSecretKey(System.getenv("OKX_SECRET_KEY"));
    settings.setExchangeSpecificParametersItem("passphrase", System.getenv("OKX_PASSPHRASE"));
    if (arguments.length > 0) {
      URI proxy = URI.create(System.getenv("HTTPS_PROXY"));
      settings.setProxyHost(proxy.getHost());
      settings.setProxyPort(proxy.getPort());
      settings.setShouldLoadRemoteMetaData(false);
      Exchange there = ExchangeFactory.INSTANCE.createExchange(settings);
      OkexAccountService account = (OkexAccountService) there.getAccountService();
      show("config", () -> account.getOkexAccountConfiguration());
      return;
    }
    Exchange exchange;
    try {
      exchange = ExchangeFactory.INSTANCE.createExchange(settings);
    } catch (RuntimeException error) {
      // It asks for all instruments and currencies first, and does nothing without them.
      for (String step : new String[] {"config", "balance", "order", "cancel"})
        print(Map.of("step", step, "error", error.toString()));
      return;
    }
    OkexAccountService account = (OkexAccountService) exchange.getAccountService();
    OkexTradeService trade = (OkexTradeService) exchange.getTradeService();
    show("config", () -> account.getOkexAccountConfiguration().getData().get(0).getUid());
    show("balance", () -> readBalance(account));
    LimitOrder order =
        new LimitOrder.Builder(Order.OrderType.BID, CurrencyPair.BTC_USDT)
            .originalAmount(new BigDecimal("0.001"))
            .limitPrice(new BigDecimal("1000"))
            .build();
    String name = show("order", () -> trade.placeLimitOrder(order));
    show("cancel", () -> trade.cancelOrder(new OkexCancelOrderParams(CurrencyPair.BTC_USDT, name, null)) ? name : "refused");
  }

  static ExchangeSpecification practice() {
    ExchangeSpecification settings = new OkexExchange().getDefaultExchangeSpecification();
    settings.setSslUri(System.getenv("OKX_API_BASE_URL"));
    settings.setExchangeSpecificParametersItem(OkexExchange.PARAM_SIMULATED, "1");
    return settings;
  }

  static ExchangeSpecification demo() {
    ExchangeSpecification settings = new OkexExchange().getDefaultExchangeSpecification();
    settings.setSslUri("https://openapi.okx.com");
    settings.setExchangeSpecificParametersItem(OkexExchange.PARAM_SIMULATED, "1");
    return settings;
  }

  static ExchangeSpecification live() {
    ExchangeSpecification settings = new OkexExchange().getDefaultExchangeSpecification();
    settings.setSslUri("https://openapi.okx.com");
    return settings;
  }

  static BigDecimal readBalance(OkexAccountService account) throws Exception {
    Wallet wallet = account.getAccountInfo().getWallet(Wallet.WalletFeature.TRADING);
    return wallet.getBalance(Currency.USDT).getAvailable();
  }

  static <T> T show(String step, Callable<T> run) throws Exception {
    try {
      T value = run.call();
      print(Map.of("step", step, "value", value.toString()));
      return value;
    } catch (Exception error) {
      print(Map.of("step", step, "error", error.toString()));
      return null;
    }
  }

  static void print(Map<String, String> line) throws Exception {
    System.out.println(new ObjectMapper().writeValueAsString(line));
  }
}
