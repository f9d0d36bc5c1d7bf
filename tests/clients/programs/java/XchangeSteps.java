import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.Callable;
import org.knowm.xchange.Exchange;
import org.knowm.xchange.ExchangeFactory;
import org.knowm.xchange.ExchangeSpecification;
import org.knowm.xchange.currency.Currency;
import org.knowm.xchange.currency.CurrencyPair;
import org.knowm.xchange.dto.Order;
import org.knowm.xchange.dto.trade.LimitOrder;
import org.knowm.xchange.okex.OkexExchange;
import org.knowm.xchange.okex.service.OkexAccountService;
import org.knowm.xchange.okex.service.OkexTradeService;
import org.knowm.xchange.service.trade.params.CancelOrderByInstrument;
import org.knowm.xchange.service.trade.params.CancelOrderByIdParams;

/** What XChange does, step by step: each prints what it saw, or the error, as a line of JSON. */
public class XchangeSteps {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    ExchangeSpecification settings = new OkexExchange().getDefaultExchangeSpecification();
    settings.setSslUri(env.get("OKX_API_BASE_URL"));
    settings.setApiKey(env.get("OKX_API_KEY"));
    settings.setSecretKey(env.get("OKX_SECRET_KEY"));
    settings.setExchangeSpecificParametersItem("passphrase", env.get("OKX_PASSPHRASE"));
    settings.setExchangeSpecificParametersItem("Use_Sandbox", true);
    settings.setExchangeSpecificParametersItem(OkexExchange.PARAM_SIMULATED, "1");

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
    show("balance", () -> account.getAccountInfo().getWallet().getBalance(Currency.USDT).getAvailable());
    LimitOrder order =
        new LimitOrder.Builder(Order.OrderType.BID, CurrencyPair.BTC_USDT)
            .originalAmount(new BigDecimal("0.001"))
            .limitPrice(new BigDecimal("1000"))
            .build();
    String name = show("order", () -> trade.placeLimitOrder(order));
    show("cancel", () -> trade.cancelOrder(new Cancellation(name)) ? name : "refused");
  }

  record Cancellation(String id) implements CancelOrderByIdParams, CancelOrderByInstrument {
    public String getOrderId() {
      return id;
    }

    public CurrencyPair getInstrument() {
      return CurrencyPair.BTC_USDT;
    }
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
